//! The commands that list, move and remove what registries hold about images.

use super::{doctor, image_tools, moving_images};
use crate::args::{
    CleanArgs, CopyArgs, GlobalArgs, ImageCommand, LoadArgs, SaveArgs, TreeArgs, TriangulateArgs,
};
use crate::report::Failure;

/// One of these commands, read from the command line.
pub(crate) struct ImageTool {
    pub(crate) global: GlobalArgs,
    pub(crate) command: ImageToolCommand,
}

pub(crate) enum ImageToolCommand {
    Tree(TreeArgs),
    Triangulate(TriangulateArgs),
    Clean(CleanArgs),
    Save(SaveArgs),
    Load(LoadArgs),
    Copy(CopyArgs),
    Image(ImageCommand),
}

impl ImageTool {
    /// Does it, in the time that the user has set.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let global = &self.global;
        let work = async {
            match &self.command {
                ImageToolCommand::Tree(args) => image_tools::list(global, args).await,
                ImageToolCommand::Triangulate(args) => image_tools::triangulate(global, args).await,
                ImageToolCommand::Clean(args) => image_tools::remove(global, args).await,
                ImageToolCommand::Save(args) => moving_images::save(global, args).await,
                ImageToolCommand::Load(args) => moving_images::load(global, args).await,
                ImageToolCommand::Copy(args) => moving_images::copy(global, args).await,
                ImageToolCommand::Image(ImageCommand::Doctor(args)) => {
                    doctor::doctor(global, args).await
                }
            }
        };
        image_tools::in_time(global, work).await
    }
}

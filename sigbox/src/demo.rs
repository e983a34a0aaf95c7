//! `sigbox demo` (to be written).
use anyhow::Result;
use crate::args::Demo;
/// x
pub async fn run(_args: &Demo) -> Result<()> { Ok(()) }

//! Images that files name: what a Dockerfile builds on, and what Kubernetes resources run.

mod dockerfile;
mod kubernetes;

pub(crate) use dockerfile::images as dockerfile_images;
pub(crate) use kubernetes::images as kubernetes_images;

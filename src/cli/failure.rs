//! Why a command failed.

pub(super) use crate::questions::Failure;

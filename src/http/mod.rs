//! The HTTP service: the same answers as the command line, to the byte.

pub mod edge;

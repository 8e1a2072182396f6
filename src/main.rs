//! The program `ecocomp`: arguments in, exit code out.

/// Programs are built and thrown away by the thousand: a fifth of a what-if went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(ecocomp::cli::main())
}

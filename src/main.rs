//! The program `ecocomp`: arguments in, exit code out.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(ecocomp::cli::main())
}

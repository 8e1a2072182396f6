//! Makes cargo compile the page in anew when it was built anew; it does not build it (`make page` does).

fn main() {
    println!("cargo::rerun-if-changed=src/web/dist");
}

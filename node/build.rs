//! Puts the version and the commit into the binary (`alun-node --version`). It runs again only when
//! a file of this package changed: following every commit would link the node anew each time.

fn main() {
    substrate_build_script_utils::generate_cargo_keys();
}

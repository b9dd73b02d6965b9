//! Floor 5: parse the arguments, build the real world, choose a front end, map the end to an exit code.

fn main() {}

//! switchback takes a self-hosted product from the release that runs to the release that is
//! wanted, one hop at a time, with a way back from every bend.

pub mod engine;
pub mod model;
<<<<<<< HEAD
pub mod run_state;
pub mod world;
=======
pub mod rules;
>>>>>>> paths

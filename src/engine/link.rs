//! How a worker and its front ends meet: the process between them, what each may ask, and what is
//! told to whom.

pub mod desk;
pub mod front;
pub mod handle;
pub mod sharing;
pub(super) mod turns;
pub mod urgent;
pub mod wire;

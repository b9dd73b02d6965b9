//! How a worker and its front ends meet: the process boundary between them, what each may ask, and
//! who is told what.

pub mod desk;
pub mod front;
pub mod handle;
pub mod sharing;
pub(super) mod turns;
pub mod urgent;
pub mod wire;

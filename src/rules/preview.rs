//! SEAM: made by the assess branch; this signature is what the session calls.
use super::assess::{Assessment, Case};
pub struct FilePreview;
pub fn preview(_: Case, _: &Assessment) -> Vec<FilePreview> {
    loop {}
}

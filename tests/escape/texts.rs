//! Texts that try to be more than text, and which of their characters must never arrive. Defined
//! without the program's own code, so that a hole there is not a hole here.

use unicode_width::UnicodeWidthChar;

/// Each begins with its effect, so that it counts even if the text is cut.
pub const TEXTS: [&str; 16] = [
    // The cursor elsewhere, the screen cleared; no screen of a test has 77 rows.
    "\x1b[77;77H\x1b[2J\x1b[31mcsi",
    // The clipboard, a link, the title; ended in both ways.
    "\x1b]52;c;Y2FuYXJ5\x07osc",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]0;title\x07",
    // A query whose answer the terminal would type into the program.
    "\x1bP+q544e\x1b\\\x1b[6n\x1b[cdcs",
    "\u{9b}77;77H\u{9b}31m\u{9d}52;c;QQ==\u{9c}\u{90}q\u{9c}\u{84}\u{8d}c1",
    "\r\x08\x08\x08\x08\x7fover",
    "\0\x07\x0e\x0f\x0b\x0c\x05nul",
    "\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}\u{200e}\u{200f}\u{61c}bidi",
    "\u{200b}\u{200c}\u{2060}\u{feff}\u{ad}zero",
    "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{fe0f}joined",
    "\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}\u{30d}\u{30e}\u{30f}\u{310}flood",
    "\u{e0041}\u{e0042}\u{e007f}\u{e0100}tags",
    "\u{2028}line\u{2029}ends\u{85}",
    "\u{3164}\u{115f}\u{1160}\u{ffa0}\u{34f}\u{180e}blank",
    "\u{fff9}a\u{fffa}b\u{fffb}\u{206a}\u{1d173}old",
];

/// Bytes that are not text: C1 bytes, overlong forms, surrogate halves, a truncated character.
pub const BYTES: [&[u8]; 4] = [
    b"\x9b77;77H\x9b31m\x9d52;c;QQ==\x9c\x90q\x9cc1",
    b"\xff\xfe\xc0\xaf\xed\xa0\x80bad",
    b"\xe2\x80",
    b"\x1b]52;c;QQ==\xff\x07cut",
];

/// All of them, one behind the other.
pub fn all() -> String {
    TEXTS.concat()
}

/// The same as bytes, a line each.
pub fn all_bytes() -> Vec<u8> {
    let texts = TEXTS.iter().map(|text| text.as_bytes());
    let lines: Vec<&[u8]> = texts.chain(BYTES).collect();
    lines.join(&b'\n')
}

/// Requires lines of plain text: nothing that a terminal obeys, reorders or hides, and no pile of
/// combining marks.
#[track_caller]
pub fn arrives_fit(what: &str, told: &str) {
    let mut marks = 0;
    for (at, c) in told.char_indices() {
        marks = match c.width() {
            Some(0) => marks + 1,
            Some(_) | None => 0,
        };
        let obeyed = c.is_control() && c != '\n' && c != '\t';
        if obeyed || is_hidden(c) || marks > 4 {
            let near: String = told[at..].chars().take(40).collect();
            panic!("{what}: U+{:04X} arrives: {near:?}", c as u32);
        }
    }
}

fn is_hidden(c: char) -> bool {
    let hidden = [
        0xad..=0xad,
        0x34f..=0x34f,
        0x61c..=0x61c,
        0x115f..=0x1160,
        0x180b..=0x180f,
        0x200b..=0x200f,
        0x2028..=0x202e,
        0x2060..=0x206f,
        0x3164..=0x3164,
        0xfe00..=0xfe0f,
        0xfeff..=0xfeff,
        0xffa0..=0xffa0,
        0xfff9..=0xfffb,
        0x1d173..=0x1d17a,
        0xe0000..=0xe0fff,
    ];
    hidden.iter().any(|range| range.contains(&(c as u32)))
}

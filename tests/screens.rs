//! Every screen in its main states, as an operator sees it, at three sizes; and the laws that
//! hold for all of them. Nothing here needs a terminal.

#[path = "screens/agreed.rs"]
mod agreed;
#[path = "screens/attended.rs"]
mod attended;
#[path = "screens/begun.rs"]
mod begun;
#[path = "screens/beneath.rs"]
mod beneath;
#[path = "screens/choices.rs"]
mod choices;
#[path = "screens/driven.rs"]
mod driven;
#[path = "screens/escapes.rs"]
mod escapes;
#[path = "screens/everywhere.rs"]
mod everywhere;
#[path = "screens/fake.rs"]
mod fake;
#[path = "screens/laws.rs"]
mod laws;
#[path = "screens/no_more.rs"]
mod no_more;
#[path = "screens/offered.rs"]
mod offered;
#[path = "screens/panes.rs"]
mod panes;
#[path = "screens/pictures.rs"]
mod pictures;
#[path = "screens/product.rs"]
mod product;
#[path = "screens/reading.rs"]
mod reading;
#[path = "screens/readme.rs"]
mod readme;
#[path = "screens/replayed.rs"]
mod replayed;
#[path = "screens/said.rs"]
mod said;
#[path = "screens/second_look.rs"]
mod second_look;
#[path = "screens/states.rs"]
mod states;
#[path = "screens/talk.rs"]
mod talk;
#[expect(dead_code, reason = "bytes that are no text cannot reach a screen")]
#[path = "escape/texts.rs"]
mod texts;
#[path = "screens/told.rs"]
mod told;
#[path = "screens/true_words.rs"]
mod true_words;
#[path = "screens/typed.rs"]
mod typed;
#[path = "screens/walked.rs"]
mod walked;
#[path = "screens/ways_on.rs"]
mod ways_on;

//! Somebody who says lines and reads what is told after them.

use super::{driven::Driven, product::Recorder};
use switchback::{
    engine::link::handle::Event,
    model::record::Record,
    tui::{app::Msg, plain::Teller},
};

pub struct Talk {
    pub driven: Driven,
    pub teller: Teller,
}

impl Talk {
    /// On a run in this state, which was told already.
    pub fn on(recorder: &Recorder) -> Self {
        Self::of(Driven::on(recorder.state(), (80, 24)))
    }

    pub fn of(mut driven: Driven) -> Self {
        driven.app.ui.in_lines = true;
        let mut talk = Self {
            driven,
            teller: Teller::default(),
        };
        talk.hear();
        talk
    }

    /// They have agreed that the steps run on.
    pub fn agreed(mut self) -> Self {
        self.driven.app.ui.live.agreed = true;
        self
    }

    pub fn hear(&mut self) -> String {
        let told = self.teller.tell(&self.driven.app).text;
        self.driven.app.drawn();
        told
    }

    pub fn say(&mut self, line: &str) -> String {
        self.teller.heard();
        self.driven.msg(Msg::Said(Some(line.to_owned().into())));
        self.hear()
    }

    pub fn event(&mut self, event: Event) -> &mut Self {
        self.driven.run(event);
        self
    }

    /// The records that the worker writes after the known ones.
    pub fn records(&mut self, records: &[Record]) -> &mut Self {
        for record in records {
            self.event(Event::Record(Box::new(record.clone())));
        }
        self
    }
}

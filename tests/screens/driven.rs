//! The UI without a terminal: keys go in, the backend answers at once, the screen comes out as
//! text.

use super::fake::{FakeBackend, ours};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use switchback::{
    engine::link::handle::{Ask, Event},
    run_state::RunState,
    tui::{
        Start,
        app::{App, Effect, Msg, Outcome},
        backend::{Backend, OpenRun},
        call::{Answer, Call},
        theme::Look,
        update::update,
        view,
    },
};

pub const LOOK: Look = Look {
    colour: true,
    unicode: true,
};

pub struct Driven {
    pub app: App,
    pub backend: Box<dyn Backend>,
    pub asks: Vec<Ask>,
    pub let_go: bool,
    pub copied: Option<String>,
    pub painted_anew: bool,
    pub end: Option<Outcome>,
}

impl Driven {
    pub fn new(backend: FakeBackend, size: (u16, u16)) -> Self {
        let start = Start {
            comes_back: Some("switchback --root /srv/demo attach".to_owned()),
            ..Start::new(LOOK)
        };
        let mut driven = Self {
            app: App::new(start, size),
            backend: Box::new(backend),
            asks: Vec::new(),
            let_go: false,
            copied: None,
            painted_anew: false,
            end: None,
        };
        driven.call(Call::Look);
        driven
    }

    /// The UI on a run in this state, with its worker waiting.
    pub fn on(state: RunState, size: (u16, u16)) -> Self {
        Self::with(FakeBackend::default(), state, size)
    }

    pub fn with(backend: FakeBackend, state: RunState, size: (u16, u16)) -> Self {
        let mut driven = Self::new(backend, size);
        driven.msg(Msg::Answer(Box::new(Answer::Opened(
            Ok((Box::new(state), ours(), None)),
            OpenRun::Resume,
        ))));
        driven.run(Event::Idle);
        driven
    }

    pub fn run(&mut self, event: Event) {
        let now_ms = self.app.ui.live.now_ms;
        self.msg(Msg::Run { event, now_ms });
    }

    pub fn msg(&mut self, msg: Msg) {
        for effect in update(&mut self.app, msg) {
            match effect {
                Effect::Call(call) => self.call(call),
                Effect::Ask(ask) => self.asks.push(ask),
                Effect::LetGo => self.let_go = true,
                Effect::Copy(text) => self.copied = Some(text),
                Effect::Repaint => self.painted_anew = true,
                Effect::Suspend => panic!("nothing that is typed here suspends"),
                Effect::Quit(outcome) => self.end = Some(outcome),
            }
        }
    }

    fn call(&mut self, call: Call) {
        let (answer, _hand) = call.run(self.backend.as_mut());
        let opened = matches!(answer, Answer::Opened(Ok(_), _));
        self.msg(Msg::Answer(Box::new(answer)));
        if opened {
            self.run(Event::Idle);
        }
    }

    /// Presses one key and draws the next frame.
    pub fn key(&mut self, code: KeyCode) -> &mut Self {
        self.msg(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        self.app.drawn();
        self
    }

    pub fn keys(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.key(match c {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                c => KeyCode::Char(c),
            });
        }
        self
    }

    /// Says a line in plain mode, and takes what is told after it.
    pub fn say(&mut self, line: &str) -> &mut Self {
        let line = line.to_owned().into();
        self.msg(Msg::Said(Some(line)));
        self.app.drawn();
        self
    }

    pub fn buffer(&self) -> Buffer {
        let (columns, rows) = self.app.ui.size;
        let backend = TestBackend::new(columns, rows);
        let mut terminal = Terminal::new(backend).expect("a screen in memory");
        terminal
            .draw(|frame| view::draw(&self.app, frame))
            .expect("a screen in memory");
        terminal.backend().buffer().clone()
    }

    /// The screen as text, without trailing blanks.
    pub fn screen(&self) -> String {
        text(&self.buffer())
    }
}

pub fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let lines = buffer.content.chunks(width).map(|row| {
        let line: String = row.iter().map(|cell| cell.symbol()).collect();
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

//! What an operator waits for before the first word of a plan: reading the packs, and a whole plan
//! of the sample product, on the real world.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark lays out its own product"
)]

#[path = "products/sample.rs"]
mod sample;

use divan::{Bencher, black_box};
use sample::{PORT, bundled};
use std::path::{Path, PathBuf};
use switchback::{
    engine::{
        answers::AnswersFile,
        session::{Options, Session},
        store::run_dir::StateDir,
    },
    model::ids::InputName,
    rules::{
        bundled, pack,
        source::{Origin, PackSource},
    },
    world::World,
};
use tempfile::TempDir;

const PRODUCTS: [&str; 2] = ["workflow-engine", "oversight-gateway"];

fn main() {
    divan::main();
}

/// What is read to decide whether a folder holds the product.
#[divan::bench(args = PRODUCTS)]
fn head(bencher: Bencher, product: &str) {
    let source = bundled(product);
    bencher.bench(|| pack::head(black_box(&source)).expect("it reads"));
}

#[divan::bench(args = PRODUCTS)]
fn load(bencher: Bencher, product: &str) {
    let source = bundled(product);
    bencher.bench(|| pack::load(black_box(&source)).expect("it reads"));
}

/// The same pack as a folder given by the operator, with the positions of all its parts.
#[divan::bench(args = PRODUCTS)]
fn load_from_outside(bencher: Bencher, product: &str) {
    let source = PackSource {
        origin: Origin::Folder(PathBuf::from(product)),
        ..bundled(product)
    };
    bencher.bench(|| pack::load(black_box(&source)).expect("it reads"));
}

/// From nothing to a sealed plan, choosing among all bundled packs.
#[divan::bench]
fn plan(bencher: Bencher) {
    let product = Product::laid_out("workflow-engine");
    bencher.bench(|| {
        let mut session = Session::open(World::real(Path::new("")), product.options())
            .expect("the product is recognised");
        session
            .generate(&InputName::new("jwt_secret"))
            .expect("a value is made");
        session.plan().expect("everything is answered")
    });
}

struct Product {
    _folder: TempDir,
    root: PathBuf,
    state: PathBuf,
}

impl Product {
    /// The sample of a pack, stopped.
    fn laid_out(product: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("product");
        sample::lay_out(product, &root);
        Self {
            root,
            state: folder.path().join("state"),
            _folder: folder,
        }
    }

    fn options(&self) -> Options {
        let address = format!("http://127.0.0.1:{PORT}");
        let inputs = [
            ("app_url", address.clone()),
            ("gateway_url", address),
            ("database_port", PORT.to_owned()),
        ];
        Options {
            root: self.root.clone(),
            state: StateDir::new(self.state.clone()),
            packs: bundled::packs(),
            product: None,
            from: None,
            to: None,
            answers: AnswersFile {
                inputs: inputs
                    .map(|(name, value)| (InputName::new(name), value))
                    .into(),
                ..AnswersFile::default()
            },
            confirm_within: None,
            agreed: false,
            sample: false,
        }
    }
}

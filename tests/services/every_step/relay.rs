//! Relay as a checkout, its queue on a real Redis; a run for each of its phases, since a phase is not
//! begun before the one before it is in effect. git, Python and the backfill
//! are small scripts; the API is a process that tells with which flags it was started.

use super::{
    super::{
        servers::{Redis, free_port},
        small::get,
    },
    Picture, Stand,
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};
use switchback::run_state::RunState;
use tempfile::TempDir;

const PASSWORD: &str = "a-password-of-the-test";
const PATIENCE: Duration = Duration::from_secs(20);
const WORKSPACES: [(&str, usize); 3] = [("ws_test", 20), ("globex", 10), ("NOT VALID", 2)];

/// Each release by its tag, with the code that it is told by.
const RELEASES: [(&str, &[(&str, &str)]); 4] = [
    (
        "v0.1.4",
        &[("src/queue/simple_queue.py", "PREFIX = 'ai:jobs'\n")],
    ),
    (
        "v0.1.6-phase2.2-checkpoint1",
        &[(
            "src/queue/simple_queue.py",
            "'ai:jobs' ENABLE_NEW_SCHEMA READ_FALLBACK_OLD\n",
        )],
    ),
    (
        "v0.1.7-phase2.2-final",
        &[(
            "src/queue/simple_queue.py",
            "'ai:jobs' ENABLE_NEW_SCHEMA READ_FALLBACK_OLD 'new:{scan_cursor_new}:old:'\n",
        )],
    ),
    (
        "v0.1.8-phase3-backfill",
        &[
            (
                "src/queue/simple_queue.py",
                "'ai:jobs' ENABLE_NEW_SCHEMA READ_FALLBACK_OLD 'new:{scan_cursor_new}:old:'\n",
            ),
            ("scripts/backfill_redis_keys.py", "# .switchback/backfill\n"),
        ],
    ),
];

/// The flags that are set before each phase, and those that the way back from the last one leaves.
const FLAGS: [&str; 4] = [
    "",
    "AI_JOBS_NEW_SCHEMA=on\n",
    "AI_JOBS_NEW_SCHEMA=on\nREAD_FALLBACK_OLD=on\nREAD_PREFERS_NEW=on\n",
    "AI_JOBS_NEW_SCHEMA=on\nREAD_FALLBACK_OLD=on\nREAD_PREFERS_NEW=off\n",
];

const GIT: &str = r#"#!/bin/sh
home=$(cd "$(dirname "$0")/.." && pwd)
root=${home%/*}
[ "$1 $2" = 'checkout --detach' ] && [ -d "$home/commits/$3" ] || { echo "fatal: $*" >&2; exit 128; }
rm -rf "$root/src" "$root/scripts"
cp -a "$home/commits/$3/." "$root/"
"#;

const PYTHON: &str = r#"#!/bin/sh
home=$(cd "$(dirname "$0")/.." && pwd)
redis() { redis-cli -u "$REDIS_URL" "$@" 2>/dev/null; }
case "$1 $2" in
    '-m uvicorn') exec python3 "$home/app.py" "$@" ;;
    '-m scripts.backfill_redis_keys') shift 2; exec sh "$home/backfill" "$@" ;;
    '-c '*client.delete*)
        for key in $(redis --scan --pattern 'ai:backfill*:*'); do redis del "$key" >/dev/null; done
        echo deleted ;;
    '-c '*)
        count=0
        for key in $(redis --scan --pattern 'ai:jobs:*'); do
            redis hget "$key" workspace_id | grep -Eq '^[a-z0-9][a-z0-9_-]*$' && continue
            count=$((count + 1))
            echo "$key"
        done
        echo "unreadable without READ_FALLBACK_OLD: $count" ;;
    *) echo "not in this test: $*" >&2; exit 2 ;;
esac
"#;

/// What is there is skipped, and its place is noted under the key that it is given.
const BACKFILL: &str = r#"
mode='' workspace='' max=1000000 progress=ai:backfill
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run | --execute) mode=$1; shift; continue ;;
        --workspace) workspace=$2 ;;
        --max-keys) max=$2 ;;
        --progress-key) progress=$2 ;;
    esac
    shift 2
done
redis-cli -u "$REDIS_URL" eval "
    local mode, workspace, max = ARGV[1], ARGV[2], tonumber(ARGV[3])
    local scanned, migrated, exists, invalid = 0, 0, 0, 0
    for _, key in ipairs(redis.call('keys', 'ai:jobs:*')) do
        if scanned >= max then break end
        scanned = scanned + 1
        local owner = redis.call('hget', key, 'workspace_id')
        local new = 'ai:job:' .. owner .. ':' .. string.sub(key, 9)
        if not string.match(owner, '^[a-z0-9][a-z0-9_-]*\$') then
            invalid = invalid + 1
        elseif workspace == '' or workspace == owner then
            if redis.call('exists', new) == 1 then
                exists = exists + 1
            else
                migrated = migrated + 1
                if mode == '--execute' then redis.call('copy', key, new) end
            end
        end
    end
    if mode == '--execute' then redis.call('set', ARGV[4] .. ':cursor', '0') end
    return { 'Scanned: ' .. scanned, 'Migrated: ' .. migrated, 'Skipped (exist): ' .. exists,
             'Skipped (invalid): ' .. invalid, 'Errors: 0' }
" 0 "$mode" "$workspace" "$max" "$progress" 2>/dev/null
"#;

/// It reads its flags once, when it starts, and ends when the product's folder is gone.
const APP: &str = r#"
import http.server, json, os, signal, sys, threading, time

FLAGS = ["AI_JOBS_NEW_SCHEMA", "READ_FALLBACK_OLD", "READ_PREFERS_NEW"]
PAGES = {
    "/ready": json.dumps({"checks": {"redis": True}}),
    "/flags": "".join(f"{name}={os.environ[name]}\n" for name in FLAGS if name in os.environ) or "none",
    "/metrics": "http_requests_total{status_code=\"200\"} 1\n",
}


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = PAGES.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def guard():
    while os.path.exists(sys.argv[0]):
        time.sleep(0.2)
    os._exit(0)


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[-1])), Page)
threading.Thread(target=guard, daemon=True).start()
server.serve_forever()
"#;

/// At the beginning of a phase.
pub struct Relay<const PHASE: usize> {
    redis: Redis,
    folder: TempDir,
    port: u16,
}

impl<const PHASE: usize> Relay<PHASE> {
    fn put(&self, below: &str, text: &str, mode: u32) {
        let path = self.root().join(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    fn bin(&self, program: &str) -> PathBuf {
        self.root().join(".switchback/bin").join(program)
    }

    fn address(&self) -> String {
        format!(
            "redis://default:{PASSWORD}@127.0.0.1:{}/0",
            self.redis.server.port
        )
    }

    fn lay_out(&self) {
        self.put(".switchback/bin/git", GIT, 0o755);
        self.put(".switchback/bin/python", PYTHON, 0o755);
        self.put(".switchback/backfill", BACKFILL, 0o644);
        self.put(".switchback/app.py", APP, 0o644);
        for (tag, files) in RELEASES {
            for (file, text) in files {
                self.put(&format!(".switchback/commits/{tag}/{file}"), text, 0o644);
            }
        }
        fs::create_dir(self.root().join(".git")).expect("made");
        self.put(".env", &self.settings(FLAGS[PHASE - 1]), 0o600);
        let mut checkout = Command::new(self.bin("git"));
        let done = checkout
            .args(["checkout", "--detach", RELEASES[PHASE - 1].0])
            .status();
        assert!(done.expect("git").success());
    }

    fn settings(&self, flags: &str) -> String {
        let address = self.address();
        format!("# the queue\nREDIS_URL={address}   # on this machine\n{flags}")
    }

    fn fill_the_queue(&self) {
        for (workspace, jobs) in WORKSPACES {
            for n in 0..jobs {
                let key = format!("ai:jobs:{}-{n}", &workspace[..2]);
                let text = format!("grüß {n}");
                self.redis
                    .ask(&["HSET", &key, "workspace_id", workspace, "text", &text]);
            }
        }
        self.redis
            .ask(&["RPUSH", "ai:queue:pending", "ws-0", "gl-1"]);
    }

    fn start(&self) {
        let port = self.port.to_string();
        let mut command = Command::new("setsid");
        command.arg("--fork").arg(self.bin("python"));
        command.args([
            "-m",
            "uvicorn",
            "src.webapi:app",
            "--host",
            "127.0.0.1",
            "--port",
            &port,
        ]);
        let flags = FLAGS[PHASE - 1].lines();
        let started = command
            .current_dir(self.root())
            .env("REDIS_URL", self.address())
            .envs(flags.filter_map(|flag| flag.split_once('=')))
            .status();
        assert!(started.expect("setsid").success());
        let begin = Instant::now();
        while get(self.port, "/ready").is_none() {
            assert!(begin.elapsed() < PATIENCE, "the API does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl<const PHASE: usize> Stand for Relay<PHASE> {
    fn new() -> Self {
        let stand = Self {
            redis: Redis::start(PASSWORD),
            folder: tempfile::tempdir().expect("a folder"),
            port: free_port(),
        };
        fs::create_dir(stand.folder.path().join("product")).expect("made");
        stand.lay_out();
        stand.fill_the_queue();
        stand.start();
        stand
    }

    fn product(&self) -> &'static str {
        "relay"
    }

    fn to(&self) -> Option<String> {
        Some(RELEASES[PHASE].0.to_owned())
    }

    fn root(&self) -> PathBuf {
        let root = self.folder.path().join("product");
        root.canonicalize().expect("the product")
    }

    fn aside(&self) -> PathBuf {
        self.folder.path().join("aside")
    }

    fn answers(&self) -> String {
        let port = self.port;
        let asked = if PHASE == 3 {
            "workspace: ws_test, "
        } else {
            ""
        };
        format!(
            "inputs: {{{asked}service: uvicorn, port: '{port}', url: 'http://127.0.0.1:{port}'}}\n"
        )
    }

    fn picture(&self) -> Picture {
        let flags = get(self.port, "/flags").unwrap_or_else(|| "nobody answers".to_owned());
        Picture::default()
            .files(&self.root(), &[], &["src", "scripts"])
            .redis(&self.redis)
            .with("service app", flags)
    }

    /// The way back sets two flags of its own. Copies of jobs stay under their new keys, and so does
    /// what the backfill notes for itself.
    fn promised(&self, before: Picture, after: &Picture, state: &RunState) -> Picture {
        let mut promised = before.clone();
        for (key, held) in &after.0 {
            let copied = key
                .strip_prefix("key ai:job:")
                .and_then(|name| name.split_once(':'));
            let original = copied.and_then(|(_, id)| before.0.get(&format!("key ai:jobs:{id}")));
            let noted = key.starts_with("key ai:backfill:") && key.ends_with(":cursor");
            if original == Some(held) || noted {
                promised = promised.with(key, held);
            }
        }
        if PHASE == 3 && state.touched() {
            let env = fs::read_to_string(self.root().join(".env")).expect("text");
            assert_eq!(env, self.settings(FLAGS[3]));
            promised = promised
                .with("file .env", &after.0["file .env"])
                .with("service app", FLAGS[3]);
        }
        promised
    }
}

//! Every command and flag of the program, each written down once; help, completion of names and errors follow from
//! these types.
//!
//! Does not depend on how a command is carried out. The pattern (one definition a flag, the help beside it) is ripgrep's.

use crate::ui::{Keymap, SMOOTHING};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

/// A terminal monitor for neural-network experiments: train, watch, record, compare.
///
/// Without a command: the monitor on the suite `configs/activations.json`, or on the built-in copy of it where that
/// file is missing.
#[derive(Debug, Parser)]
#[command(name = "perceptop", version, args_conflicts_with_subcommands = true, after_help = EXIT_STATUSES)]
pub struct Arguments {
    /// What to do; the monitor when absent.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The flags of the monitor when no command is named.
    #[command(flatten)]
    pub training: Training,
}

const EXIT_STATUSES: &str = "Exit status: 0 done, 1 a run failed or the command could not be carried out, 2 an \
                             invalid command line, config file or suite, 130 and 143 ended by SIGINT and SIGTERM.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train the runs of a suite, in the monitor or, without a terminal, in lines of text
    Run(Run),
    /// List the suites that are built in
    Suites,
    /// View a session, a run, or another program's JSONL or CSV; follows it while it grows
    Review(Review),
    /// Open the monitor on a session that another process trains, commands included
    Attach(Attach),
    /// List sessions, the live ones first
    Sessions(Sessions),
    /// Stop a live session gracefully: checkpoints, last records, end
    Stop(Stop),
    /// Print one frame of the monitor to stdout
    Show(Show),
    /// Write the tables and figures of sessions beside the paper's
    Report(Report),
    /// Write a session for other programs
    Export(Export),
    /// Compare two runs: settings and results
    Diff(Diff),
    /// The images: what is there, download, check, draw
    #[command(subcommand)]
    Data(Data),
    /// Hand-made features for other programs
    #[command(subcommand)]
    Features(Features),
    /// Write a session's updates as JSON lines to stdout and follow it; the far end of `review ssh://`
    Stream(Stream),
    /// Print every setting of the config file that is in force, and where it comes from
    Config(Config),
    /// Print the completion script of a shell
    ///
    /// bash: `perceptop completions bash > ~/.local/share/bash-completion/completions/perceptop`
    Completions(Completions),
    /// Print the manual page, or write one page a command into a folder
    Man(Man),
}

/// Where the images come from.
#[derive(Clone, Debug, Default, Args)]
pub struct DataChoice {
    /// A folder of IDX files (gzip or raw), `mnist` (fetched if missing) or `synthetic` (the built-in digits)
    ///
    /// The folder holds the four files of MNIST or of a set of the same form, such as Fashion-MNIST: grey images of
    /// any one size, 10 classes, `train-images-idx3-ubyte` and so on.
    ///
    /// Without it: the folder in `PERCEPTOP_DATA`, then `data` of the config file, then data/mnist, else the built-in
    /// digits.
    #[arg(long, value_name = "DIR|mnist|synthetic")]
    pub data: Option<String>,
    /// What the config file says.
    #[arg(long, hide = true)]
    pub data_by_default: Option<String>,
}

/// Where sessions are kept.
#[derive(Clone, Debug, Args)]
pub struct Logs {
    /// The folder of the sessions
    #[arg(long, value_name = "DIR", default_value = "logs")]
    pub logs: PathBuf,
}

/// What the screen should be like.
#[derive(Clone, Debug, Default, Args)]
pub struct Screen {
    /// Frames a second at most, 1 to 60; 4, and 10 just after a key, when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=60))]
    pub fps: Option<u8>,
    /// Glyphs of charts and bars; found from the locale when absent
    #[arg(long, value_name = "SET")]
    pub glyphs: Option<GlyphChoice>,
    /// Colours; found from `NO_COLOR`, COLORTERM and TERM when absent
    #[arg(long, visible_alias = "color", value_name = "DEPTH")]
    pub colour: Option<ColourChoice>,
    /// The terminal's background; found from COLORFGBG when absent, else dark
    #[arg(long, alias = "ground", value_name = "SHADE")]
    pub background: Option<BackgroundChoice>,
    /// How much Charts smooth at first: 0, 0.6, 0.9, 0.97, 0.99, 0.997 or 0.999; 0.9 when absent
    #[arg(long, value_name = "AMOUNT", value_parser = Smoothing::from_str)]
    pub smoothing: Option<Smoothing>,
    /// What keys mean, with the changes of the config file.
    #[arg(skip)]
    pub keymap: Keymap,
}

/// An amount of smoothing: a place in [`SMOOTHING`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smoothing(pub usize);

impl FromStr for Smoothing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = text.parse::<f64>().ok().and_then(|amount| SMOOTHING.iter().position(|known| *known == amount));
        place.map(Self).ok_or_else(|| format!("allowed are {}", SMOOTHING.map(|amount| amount.to_string()).join(", ")))
    }
}

/// The shades of a background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackgroundChoice {
    /// Light text on a dark background
    Dark,
    /// Dark text on a light background
    Light,
}

/// The glyph sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GlyphChoice {
    /// Two by four dots a cell
    Braille,
    /// Eighths and half blocks
    Blocks,
    /// Nothing beyond ASCII
    Ascii,
}

/// The depths of colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColourChoice {
    /// None at all
    None,
    /// The terminal's own 16
    Ansi,
    /// The 256 of xterm
    Indexed,
    /// 24 bits
    True,
}

/// What to train and how: the flags that the monitor and `run` share.
#[derive(Clone, Debug, Args)]
pub struct Training {
    /// The images to learn from.
    #[command(flatten)]
    pub data: DataChoice,
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
    /// Runs that train at the same time; one a physical core when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Megabytes of records that may wait in memory while the log cannot be written, on a full disk say; past them
    /// training waits, with 0 at once
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(0..=65_536))]
    pub log_memory: u32,
    /// Only the experiment of this name; may be given again
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Override a setting of the base and of every experiment: a dotted key and a JSON value; may be given again
    ///
    /// `--set epochs=3`, `--set regulariser.l2=1e-4`, `--set 'hidden=[300, 100]'`, `--set 'seeds=[7]'`
    #[arg(long, value_name = "KEY=VALUE", value_parser = Assignment::from_str)]
    pub set: Vec<Assignment>,
    /// Lines of text instead of the monitor, also on a terminal
    #[arg(long)]
    pub headless: bool,
    /// Train without a screen in a process of its own and return at once; `perceptop attach` opens the monitor
    #[arg(long, conflicts_with = "headless")]
    pub detach: bool,
    /// The looks of the monitor.
    #[command(flatten)]
    pub screen: Screen,
}

impl Arguments {
    /// The looks of the monitor that the command opens, where it opens one.
    pub fn screen_mut(&mut self) -> Option<&mut Screen> {
        match &mut self.command {
            None => Some(&mut self.training.screen),
            Some(Command::Run(wanted)) => Some(&mut wanted.training.screen),
            Some(Command::Review(wanted)) => Some(&mut wanted.screen),
            Some(Command::Attach(wanted)) => Some(&mut wanted.screen),
            Some(Command::Show(wanted)) => Some(&mut wanted.screen),
            Some(_) => None,
        }
    }
}

/// `KEY=VALUE` of `--set`; the value stays text until the suite reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The dotted key, `regulariser.l2`.
    pub key: String,
    /// The JSON value as written.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
                Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
            }
            _ => Err("wanted KEY=VALUE, as in epochs=3".to_owned()),
        }
    }
}

/// `perceptop run`.
#[derive(Clone, Debug, Args)]
pub struct Run {
    /// The suite: a file, or the name of one in configs/ or of a built-in one (`perceptop suites` lists them)
    #[arg(value_name = "SUITE", required_unless_present = "resume", conflicts_with = "resume")]
    pub suite: Option<String>,
    /// Continue a session's unfinished runs as they are, each from its newest checkpoint
    #[arg(long, value_name = "SESSION", conflicts_with_all = ["only", "set"])]
    pub resume: Option<PathBuf>,
    /// List the runs with their settings and the time that they will take; train nothing and write nothing
    #[arg(long, conflicts_with_all = ["resume", "detach", "host"])]
    pub dry_run: bool,
    /// Run as the background training process: no terminal, commands over a socket
    #[arg(long, hide = true)]
    pub host: Option<crate::cli::daemon::Until>,
    /// The flags shared with the monitor.
    #[command(flatten)]
    pub training: Training,
}

/// `perceptop review`.
#[derive(Clone, Debug, Args)]
pub struct Review {
    /// A session's folder, a run's file, another program's JSONL or CSV, a folder of them, a folder of sessions, or
    /// `ssh://HOST/PATH`; the folder of all sessions when absent
    pub path: Option<String>,
    /// The column that another program's file counts steps in
    #[arg(long, value_name = "COLUMN")]
    pub x: Option<String>,
    /// The columns of another program's file to show, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub y: Vec<String>,
    /// The column of words that makes several metrics of one, as `split` with `train` and `val`
    #[arg(long, value_name = "COLUMN")]
    pub split: Option<String>,
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
    /// The images, for looking at misclassified ones.
    #[command(flatten)]
    pub data: DataChoice,
    /// The looks of the monitor.
    #[command(flatten)]
    pub screen: Screen,
}

/// `perceptop attach`.
#[derive(Clone, Debug, Args)]
pub struct Attach {
    /// The session's name or folder; the newest live one when absent
    pub session: Option<PathBuf>,
    /// Read-only: no key changes the session
    #[arg(long)]
    pub read_only: bool,
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
    /// The looks of the monitor.
    #[command(flatten)]
    pub screen: Screen,
}

/// `perceptop sessions`.
#[derive(Clone, Debug, Args)]
pub struct Sessions {
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
}

/// `perceptop stop`.
#[derive(Clone, Debug, Args)]
pub struct Stop {
    /// The session's name or folder
    pub session: PathBuf,
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
}

/// `perceptop show`.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// A session's name or folder, SESSION/RUN, another program's JSONL or CSV, a folder of them or of sessions, or
    /// `ssh://HOST/PATH`
    pub path: String,
    /// The run to select, by its id or name
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// The metric that Charts shows
    #[arg(long, value_name = "METRIC")]
    pub metric: Option<String>,
    /// The tab: runs, charts, confusion, neurons, compare or logs
    #[arg(long, default_value = "runs")]
    pub tab: String,
    /// Columns and rows
    #[arg(long, value_name = "WxH", default_value = "120x40", value_parser = Size::from_str)]
    pub size: Size,
    /// How the frame is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Keys to press before the frame is drawn, as the help names them, separated by spaces: `j enter l`
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: String,
    /// The column that another program's file counts steps in
    #[arg(long, value_name = "COLUMN")]
    pub x: Option<String>,
    /// The columns of another program's file to show, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub y: Vec<String>,
    /// The column of words that makes several metrics of one, as `split` with `train` and `val`
    #[arg(long, value_name = "COLUMN")]
    pub split: Option<String>,
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
    /// The looks of the frame.
    #[command(flatten)]
    pub screen: Screen,
}

/// Columns and rows of a screen, 1x1 to 1000x1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Cells across.
    pub width: u16,
    /// Cells down.
    pub height: u16,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let side = |text: &str| text.parse::<u16>().ok().filter(|side| (1..=1000).contains(side));
        text.split_once('x')
            .and_then(|(width, height)| Some(Self { width: side(width)?, height: side(height)? }))
            .ok_or_else(|| "wanted COLUMNSxROWS, 1x1 to 1000x1000, as in 120x40".to_owned())
    }
}

/// The ways to write a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Characters only
    Text,
    /// Characters and colours as escape codes
    Ansi,
    /// A picture
    Svg,
}

/// `perceptop report`.
#[derive(Clone, Debug, Args)]
pub struct Report {
    /// Names or folders of sessions, or other programs' logs
    #[arg(required = true, value_name = "SESSION")]
    pub sessions: Vec<PathBuf>,
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
    /// The folder to write into
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `perceptop export`.
#[derive(Clone, Debug, Args)]
pub struct Export {
    /// A session's name or folder, SESSION/RUN, another program's log or a folder of them
    pub path: PathBuf,
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
    /// The kind of file
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// The file (csv; `-` is the standard output) or folder (tensorboard, thin) to write
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
}

/// The kinds of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One row per run, step and metric
    Csv,
    /// Event files with scalars and hyper-parameters
    Tensorboard,
    /// A copy of the session with fewer steps, highest and lowest losses kept, without checkpoints
    Thin,
}

/// `perceptop diff`.
#[derive(Clone, Debug, Args)]
pub struct Diff {
    /// A run's file, or SESSION/RUN
    pub a: PathBuf,
    /// Another
    pub b: PathBuf,
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
}

/// `perceptop data`.
#[derive(Clone, Debug, Subcommand)]
pub enum Data {
    /// Show which images would be used, and what they contain
    Info(DataChoice),
    /// Download MNIST (11 MB), check it and put it in place; a partial download is continued
    Fetch(Fetch),
    /// Compare every file's checksum with MNIST's
    Verify(DataChoice),
    /// Draw the built-in digits and write them as IDX files
    Synth(Synth),
}

/// `perceptop data fetch`.
#[derive(Clone, Debug, Args)]
pub struct Fetch {
    /// Where the four files go
    #[arg(long, value_name = "DIR", default_value = "data/mnist")]
    pub out: PathBuf,
    /// Another mirror than the two public ones: the address of a folder
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
}

/// `perceptop data synth`.
#[derive(Clone, Debug, Args)]
pub struct Synth {
    /// Where the four files go
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The seed of the pens
    #[arg(long, default_value_t = crate::dataset::synthetic::SEED)]
    pub seed: u64,
    /// Training images
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub train: u32,
    /// Test images
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub test: u32,
}

/// `perceptop features`.
#[derive(Clone, Debug, Subcommand)]
pub enum Features {
    /// Histograms of oriented gradients as a .npy matrix (images, values), float32
    Hog(HogFile),
}

/// `perceptop features hog`.
#[derive(Clone, Debug, Args)]
pub struct HogFile {
    /// The images.
    #[command(flatten)]
    pub data: DataChoice,
    /// Which images
    #[arg(long, value_enum, default_value_t = SplitChoice::Train)]
    pub split: SplitChoice,
    /// Orientation bins over 180 degrees
    #[arg(long, default_value_t = 9)]
    pub orientations: usize,
    /// Pixels along a side of a cell
    #[arg(long, default_value_t = 7)]
    pub cell: usize,
    /// Cells along a side of a block
    #[arg(long, default_value_t = 2)]
    pub block: usize,
    /// The file to write; `-` is the standard output
    #[arg(long, value_name = "FILE.npy")]
    pub out: PathBuf,
}

/// The two parts of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitChoice {
    /// The images to learn from
    Train,
    /// The images to test on
    Test,
}

/// `perceptop stream`.
#[derive(Clone, Debug, Args)]
pub struct Stream {
    /// A session's folder
    pub path: PathBuf,
    /// Skip the records of a run before this number, RUN=SEQ; may be given again
    #[arg(long, value_name = "RUN=SEQ", value_parser = Assignment::from_str)]
    pub since: Vec<Assignment>,
}

/// `perceptop config`.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// The place of the logs.
    #[command(flatten)]
    pub logs: Logs,
    /// The images to learn from.
    #[command(flatten)]
    pub data: DataChoice,
    /// The looks of the monitor.
    #[command(flatten)]
    pub screen: Screen,
}

/// `perceptop completions`.
#[derive(Clone, Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `perceptop man`.
#[derive(Clone, Debug, Args)]
pub struct Man {
    /// The folder to write `perceptop.1`, `perceptop-run.1` and so on into; standard output when absent
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_flags_of_the_monitor_need_no_command() {
        let arguments = Arguments::try_parse_from(["perceptop", "--data", "synthetic", "--set", "epochs=3"]).unwrap();
        assert!(arguments.command.is_none());
        assert_eq!(arguments.training.set, [Assignment { key: "epochs".into(), value: "3".into() }]);
    }

    #[test]
    fn sizes_have_two_sides_within_limits() {
        assert_eq!("120x40".parse(), Ok(Size { width: 120, height: 40 }));
        for wrong in ["", "x", "120", "0x5", "120x", "70000x2", "1001x1", "-3x4"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_suite_or_a_session_to_resume_but_not_both() {
        assert!(Arguments::try_parse_from(["perceptop", "run"]).is_err());
        assert!(Arguments::try_parse_from(["perceptop", "run", "a.json", "--resume", "logs/a"]).is_err());
        assert!(Arguments::try_parse_from(["perceptop", "run", "--resume", "logs/a"]).is_ok());
        assert!(Arguments::try_parse_from(["perceptop", "run", "--resume", "logs/a", "--set", "epochs=2"]).is_err());
    }
}

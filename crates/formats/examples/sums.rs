//! The sum of each metric of some files, for measuring how fast they are read: `sums FILE...`.

use perceptop_formats::{Batch, Options, Progress, RunFiles, format_of, read_head};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1).map(PathBuf::from) {
        if let Err(error) = sums(&path, &mut out) {
            // Nothing can be said where that fails, too.
            let _ = writeln!(std::io::stderr(), "{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn sums(path: &Path, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let head = read_head(path, 64 << 10)?;
    let format = format_of(path, &head).ok_or_else(|| format!("{}: of no known format", path.display()))?;
    let options = Options { is_complete: true, ..Options::default() };
    let mut reader = (format.open)(&RunFiles { files: vec![path.to_owned()], inner: None }, &options);
    let mut batch = Batch::default();
    let (mut sums, mut steps, mut rows): (Vec<f64>, f64, u64) = (Vec::new(), 0.0, 0);
    loop {
        let progress = reader.read(&mut batch)?;
        if batch.is_again {
            (sums, steps, rows) = (Vec::new(), 0.0, 0);
        }
        sums.resize(batch.names().len(), 0.0);
        for row in batch.rows() {
            rows += 1;
            steps += row.step;
            for (place, value) in row.values {
                sums[*place as usize] += value;
            }
        }
        if progress == Progress::UpToDate {
            break;
        }
    }
    writeln!(out, "{}: {}, {rows} rows, steps {steps}", path.display(), format.what)?;
    for (name, sum) in batch.names().iter().zip(&sums) {
        writeln!(out, "  {name} {sum}")?;
    }
    Ok(())
}

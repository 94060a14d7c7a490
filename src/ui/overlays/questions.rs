//! The questions before leaving and before a run is stopped, and the choice of data at the start.

use super::view::boxed;
use crate::fmt::number;
use crate::fmt::width;
use crate::protocol::Status;
use crate::ui::keymap::Context;
use crate::ui::model::{Model, Welcome};
use crate::ui::widgets::{TextArea, bar};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Stop, leave running, or stay.
pub(crate) fn question(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let inside = boxed(model, "quit?", (58, 9), area, buffer);
    let queued = model.session.count(Status::Queued);
    let live = model.live_runs() - queued;
    let mut pen = TextArea::new(buffer, inside, theme);
    let runs = if live == 1 { "1 run is live".to_owned() } else { format!("{live} runs are live") };
    pen.put(0, 0, inside.width, &format!("{runs}, {queued} in the queue."), theme.text());
    choices(&mut pen, model, Context::Question, 2);
}

/// Stop the run, or let it go on.
pub(crate) fn stop_run(model: &Model, run: &str, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let inside = boxed(model, "stop?", (58, 8), area, buffer);
    let mut pen = TextArea::new(buffer, inside, theme);
    let status = model.session.run(run).map_or("gone", |run| run.status.name());
    let room = usize::from(inside.width).saturating_sub(width::width(status) + 6);
    let name = width::fit_end(&width::clean(run), room, theme.glyphs().ellipsis);
    pen.put(0, 0, inside.width, &format!("{name} is {status}."), theme.text());
    choices(&mut pen, model, Context::StopRun, 2);
}

fn choices(pen: &mut TextArea<'_>, model: &Model, context: Context, from: u16) {
    let theme = model.settings.theme;
    for (y, binding) in model.settings.keymap.of(context).enumerate() {
        let y = from + y as u16;
        pen.put(1, y, 8, &binding.keys[0].to_string(), theme.accent());
        pen.put(8, y, pen.area().width, binding.help, theme.text());
    }
}

/// What the choices of data mean.
const EXPLAINED: &str = "perceptop --data FOLDER takes a folder with the four IDX files of MNIST or of a set like it; \
                         perceptop data fetch downloads MNIST into data/mnist, where it is found automatically. The \
                         built-in digits need no network.";

/// MNIST is missing: download it, or start on the built-in digits.
pub(crate) fn welcome(model: &Model, welcome: &Welcome, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let wide = area.width.min(76);
    let room = usize::from(wide.saturating_sub(4));
    let words = "MNIST is not here. Download it once (11 MB, checked by SHA-256), or start on the built-in digits, \
                 drawn by this program: good for a first look, not comparable with MNIST. A folder of your own: quit, and start \
                 with --data FOLDER.";
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say =
        |words: &str, style: Style| lines.extend(width::wrap(words, room).into_iter().map(|line| (line, style)));
    say(words, theme.text());
    if let Some(reason) = &welcome.failed {
        say(&format!("The download failed: {}", width::clean(reason)), theme.bad());
    }
    if welcome.is_explained {
        say(EXPLAINED, theme.muted());
    }
    let keys = model.settings.keymap.of(Context::Welcome).count() as u16;
    let inside = boxed(model, "data", (wide, lines.len() as u16 + keys + 5), area, buffer);
    let mut pen = TextArea::new(buffer, inside, theme);
    // Where there is not room for all, the choices stay in sight.
    let most = inside.height.saturating_sub(keys + 2);
    for (y, (line, style)) in lines.iter().take(usize::from(most)).enumerate() {
        pen.put(0, y as u16, inside.width, line, *style);
    }
    let y = (lines.len() as u16).min(most) + u16::from((lines.len() as u16) < most);
    choices(&mut pen, model, Context::Welcome, y);
    progress(model, welcome, Rect { y: inside.y + y + keys, height: 1, ..inside }.intersection(inside), buffer);
}

/// How far the download is, or when the built-in digits are taken.
fn progress(model: &Model, welcome: &Welcome, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let mut pen = TextArea::new(buffer, area, theme);
    match (welcome.download, welcome.left) {
        (None, Some(left)) => {
            let words = format!("The built-in digits start automatically in {} s.", left.as_secs_f32().ceil());
            pen.put(0, 0, area.width, &words, theme.muted());
        }
        (None, None) => {
            pen.put(0, 0, area.width, "Nothing starts automatically: choose.", theme.muted());
        }
        (Some((got, total)), _) => {
            let size = number::bytes(got);
            let used = pen.put(0, 0, area.width, &format!("downloading {size:>8} "), theme.text());
            if let Some(total) = total.filter(|total| *total > 0) {
                let line = Rect { x: area.x + used, width: area.width.saturating_sub(used), ..area };
                bar(buffer, line.intersection(area), theme, got as f64 / total as f64, theme.bar());
            }
        }
    }
}

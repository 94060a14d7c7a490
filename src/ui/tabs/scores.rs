//! Precision, recall and F1 of each class as bars.
//!
//! The bars begin at the scale's foot, which is said in the head: most scores lie close to 1, and a bar from 0 would
//! show no difference.

use crate::fmt::number;
use crate::state::evaluation::Evaluation;
use crate::ui::model::Model;
use crate::ui::widgets::{TextArea, bar, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The lowest of the feet that lies below every score.
pub(super) fn foot(scores: impl Iterator<Item = f64>) -> f64 {
    let lowest = scores.filter(|score| score.is_finite()).fold(1.0, f64::min);
    [0.9, 0.8, 0.5, 0.0].into_iter().find(|foot| lowest > *foot).unwrap_or(0.0)
}

/// Draws the three scores of each class, as many as there is room for: F1 first.
pub(super) fn scores(model: &Model, evaluation: &Evaluation<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let inside = panel(buffer, area, theme, "per class", false);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let all = [
        ("F1", &evaluation.scores.f1),
        ("precision", &evaluation.scores.precision),
        ("recall", &evaluation.scores.recall),
    ];
    let classes = evaluation.scores.f1.len();
    if classes == 0 {
        TextArea::new(buffer, inside, theme).put(0, 0, inside.width, "not measured", theme.muted());
        return;
    }
    let foot = foot(all.iter().flat_map(|(_, values)| values.iter().map(|&value| f64::from(value))));
    if inside.width < 34 && usize::from(inside.height) < 3 * (classes + 2) - 1 {
        figures_alone(model, evaluation, inside, buffer);
        return;
    }
    // One block a score where all three fit one below the other, else F1 with the others as figures.
    let blocks = if usize::from(inside.height) >= 3 * (classes + 2) - 1 { 3 } else { 1 };
    let mut y = 0;
    let beside = blocks == 1 && inside.width >= 34;
    for (name, values) in all.iter().take(blocks) {
        let room = inside.width - if beside { 14 } else { 0 };
        block(
            model,
            (name, values, foot),
            Rect { y: inside.y + y, height: inside.height - y, width: room, ..inside },
            buffer,
        );
        y += classes as u16 + 2;
        if y >= inside.height {
            break;
        }
    }
    if beside {
        figures_beside(model, evaluation, inside, buffer);
    }
}

fn block(model: &Model, (name, values, foot): (&str, &[f32], f64), area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let mut pen = TextArea::new(buffer, area, theme);
    let head = if foot > 0.0 { format!("{name}, bars from {}", number::short(foot)) } else { name.to_owned() };
    pen.put(0, 0, area.width, &head, theme.muted());
    let wide = area.width.saturating_sub(9);
    for (class, &value) in values.iter().enumerate() {
        let y = class as u16 + 1;
        if y >= area.height {
            break;
        }
        let value = f64::from(value);
        pen.put_right(0, y, 2, &class.to_string(), theme.muted());
        let place = Rect::new(area.x + 3, area.y + y, wide, 1);
        bar(pen.buffer(), place, theme, (value - foot) / (1.0 - foot), theme.bar());
        pen.put(4 + wide, y, 6, &number::accuracy(value), theme.text());
    }
}

/// All three as figures, where there is no room for bars.
fn figures_alone(model: &Model, evaluation: &Evaluation<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let mut pen = TextArea::new(buffer, area, theme);
    let scores = &evaluation.scores;
    for (place, (head, values)) in
        [("prec.", &scores.precision), ("rec.", &scores.recall), ("F1", &scores.f1)].into_iter().enumerate()
    {
        let x = 2 + 6 * place as u16;
        pen.put_right(x, 0, 6, head, theme.muted());
        for (class, value) in values.iter().enumerate() {
            let y = class as u16 + 1;
            pen.put_right(0, y, 2, &class.to_string(), theme.muted());
            pen.put_right(x, y, 6, &number::accuracy(f64::from(*value)), theme.text());
        }
    }
}

/// Precision and recall as figures at the right of the F1 bars.
fn figures_beside(model: &Model, evaluation: &Evaluation<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let mut pen = TextArea::new(buffer, area, theme);
    let x = area.width.saturating_sub(13);
    pen.put_right(x, 0, 6, "prec.", theme.muted());
    pen.put_right(x + 7, 0, 6, "recall", theme.muted());
    for (class, (precision, recall)) in evaluation.scores.precision.iter().zip(&evaluation.scores.recall).enumerate() {
        let y = class as u16 + 1;
        pen.put_right(x, y, 6, &number::accuracy(f64::from(*precision)), theme.text());
        pen.put_right(x + 7, y, 6, &number::accuracy(f64::from(*recall)), theme.text());
    }
}

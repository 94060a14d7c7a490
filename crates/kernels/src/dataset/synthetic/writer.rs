//! A person who writes digits: habits that stay, and a hand that is never quite the same.
//!
//! Test digits come from other writers than training digits, as in MNIST, so that learning by heart does not help.
//! Does not depend on data sets. Arithmetic as `synthetic` demands.

use super::canvas::{BOX, Canvas, Ink, Point};
use super::hands::{HANDS, MAX_POINTS};
use crate::math::random::Stream;
use rand::Rng as _;

/// Steps from one point of a stroke to the next.
const STEPS: usize = 5;
/// Control points along a side of the elastic distortion's grid.
const GRID: usize = 4;

/// What a person keeps from digit to digit.
pub(super) struct Writer {
    /// The hand preferred for each digit.
    hands: [usize; 10],
    /// Where this person's points lie beside the copybook's, per digit: x and y in turn.
    habits: [[f32; 2 * MAX_POINTS]; 10],
    slant: f32,
    turn: f32,
    aspect: f32,
    pen: f32,
    softness: f32,
    blur: f32,
    darkness: f32,
}

impl Writer {
    /// A person drawn from `stream`.
    pub(super) fn new(stream: &mut Stream) -> Self {
        let mut habits = [[0.0; 2 * MAX_POINTS]; 10];
        stream.fill_normal(habits.as_flattened_mut());
        for offset in habits.as_flattened_mut() {
            *offset *= 0.045;
        }
        let mut n = [0.0; 7];
        stream.fill_normal(&mut n);
        Self {
            hands: HANDS.map(|hands| pick(stream, hands.len())),
            habits,
            slant: 0.2 + 0.24 * n[0],
            turn: 0.03 * n[1],
            aspect: (0.74 + 0.12 * n[2]).clamp(0.42, 1.1),
            pen: (1.25 + 0.35 * n[3]).clamp(0.65, 2.3),
            softness: (0.95 + 0.2 * n[4]).clamp(0.5, 1.6),
            blur: (0.04 + 0.04 * n[5]).clamp(0.0, 0.16),
            darkness: (1.1 + 0.12 * n[6]).clamp(0.75, 1.4),
        }
    }

    /// Writes `digit` on `canvas` and prints it into `image`, differently each time by what `stream` gives.
    pub(super) fn write(&self, digit: u8, stream: &mut Stream, canvas: &mut Canvas, image: &mut [u8]) {
        let digit = usize::from(digit);
        let mut n = [0.0; 32];
        stream.fill_normal(&mut n);
        let mut jitter = [0.0; 2 * MAX_POINTS];
        stream.fill_normal(&mut jitter);
        let mut grid = [0.0; 2 * GRID * GRID];
        stream.fill_normal(&mut grid);
        let hands = HANDS[digit];
        // One time in eight, another hand than usual.
        let hand = if pick(stream, 8) == 0 { hands[pick(stream, hands.len())] } else { hands[self.hands[digit]] };
        let shape = Shape {
            slant: self.slant + 0.08 * n[0],
            turn: (self.turn + 0.035 * n[1]).clamp(-0.2, 0.2),
            aspect: (self.aspect * (1.0 + 0.1 * n[2])).max(0.3),
            grid,
            stretch: 0.075,
        };
        let mut lines = Lines { points: [Point { x: 0.0, y: 0.0 }; MAX_LINES], ends: [false; MAX_LINES], count: 0 };
        let mut offsets = self.habits[digit].chunks_exact(2).zip(jitter.chunks_exact(2));
        for stroke in hand {
            let mut through = [Point { x: 0.0, y: 0.0 }; MAX_POINTS];
            for (point, &(x, y)) in through.iter_mut().zip(*stroke) {
                if let Some((habit, jitter)) = offsets.next() {
                    *point = Point { x: x + habit[0] + 0.03 * jitter[0], y: y + habit[1] + 0.03 * jitter[1] };
                }
            }
            curve(&through[..stroke.len()], |point| shape.place(point), &mut lines);
        }
        let pen = (self.pen * (1.0 + 0.12 * n[3])).clamp(0.5, 2.6);
        // Pressure swells and fades along the strokes.
        let pressure = [n[4], n[5], n[6], n[7]].map(|n| (1.0 + 0.16 * n).clamp(0.55, 1.45));
        lines.draw(canvas, pen, pressure);
        let ink = Ink {
            softness: (self.softness * (1.0 + 0.1 * n[8])).max(0.5),
            blur: (self.blur + 0.02 * n[9]).clamp(0.0, 0.25),
            darkness: (self.darkness * (1.0 + 0.06 * n[10])).clamp(0.65, 1.5),
            grain: (0.12 + 0.08 * n[11]).clamp(0.0, 0.4),
        };
        canvas.print(ink, image, || unit(stream));
    }
}

/// Uniform in [0, 1), in steps of 2^-24.
fn unit(stream: &mut Stream) -> f32 {
    (stream.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Uniform below `count`; its bias of 2^-32 is far below what anyone sees.
pub(super) fn pick(stream: &mut Stream, count: usize) -> usize {
    ((u64::from(stream.next_u32()) * count as u64) >> 32) as usize
}

/// What one digit's points go through.
struct Shape {
    /// How far x moves to the right for each unit upwards.
    slant: f32,
    /// Tangent of half the angle of rotation.
    turn: f32,
    /// Width over height.
    aspect: f32,
    /// The elastic distortion's control points: all x, then all y.
    grid: [f32; 2 * GRID * GRID],
    /// How far they pull, in heights.
    stretch: f32,
}

impl Shape {
    /// Where a point of the unit box comes to lie; the unit is the height before rotation.
    fn place(&self, point: Point) -> Point {
        let (px, py) = self.pull(point);
        let x = (point.x - 0.5) * self.aspect + px;
        let y = point.y - 0.5 + py;
        let x = x - self.slant * y;
        // The rational circle: cosine and sine without their functions.
        let square = self.turn * self.turn;
        let (cosine, sine) = ((1.0 - square) / (1.0 + square), 2.0 * self.turn / (1.0 + square));
        Point { x: cosine * x - sine * y, y: sine * x + cosine * y }
    }

    /// The elastic distortion at a point: a uniform cubic B-spline over the grid.
    fn pull(&self, point: Point) -> (f32, f32) {
        let (wx, wy) = (weights(point.x), weights(point.y));
        let (xs, ys) = self.grid.split_at(GRID * GRID);
        let mut sum = (0.0, 0.0);
        for row in 0..GRID {
            for column in 0..GRID {
                let weight = wy[row] * wx[column];
                sum.0 += weight * xs[row * GRID + column];
                sum.1 += weight * ys[row * GRID + column];
            }
        }
        // The weights average the grid's numbers; the factor brings the deviation back to about one.
        (2.0 * self.stretch * sum.0, 2.0 * self.stretch * sum.1)
    }
}

/// The cubic B-spline's weights at `t`, 0 to 1.
fn weights(t: f32) -> [f32; GRID] {
    let t = t.clamp(0.0, 1.0);
    let u = 1.0 - t;
    let sixth = 1.0 / 6.0;
    [
        u * u * u * sixth,
        ((3.0 * t - 6.0) * t * t + 4.0) * sixth,
        (((-3.0 * t + 3.0) * t + 3.0) * t + 1.0) * sixth,
        t * t * t * sixth,
    ]
}

const MAX_LINES: usize = (STEPS + 1) * MAX_POINTS;

/// The strokes of one digit as short lines.
struct Lines {
    points: [Point; MAX_LINES],
    /// Whether the pen is lifted after this point.
    ends: [bool; MAX_LINES],
    count: usize,
}

/// Appends the Catmull-Rom curve through `points` (Catmull and Rom 1974), each point sent through `place`.
fn curve(points: &[Point], place: impl Fn(Point) -> Point, lines: &mut Lines) {
    let last = points.len() - 1;
    let mut push = |point: Point, end: bool| {
        lines.points[lines.count] = place(point);
        lines.ends[lines.count] = end;
        lines.count += 1;
    };
    for at in 0..last {
        let [before, from, to, after] =
            [points[at.saturating_sub(1)], points[at], points[at + 1], points[(at + 2).min(last)]];
        for step in 0..STEPS {
            let t = step as f32 / STEPS as f32;
            let spline = |p: f32, a: f32, b: f32, q: f32| {
                let linear = 0.5 * (b - p);
                let square = p - 2.5 * a + 2.0 * b - 0.5 * q;
                let cube = 0.5 * (q - p) + 1.5 * (a - b);
                ((cube * t + square) * t + linear) * t + a
            };
            push(
                Point { x: spline(before.x, from.x, to.x, after.x), y: spline(before.y, from.y, to.y, after.y) },
                false,
            );
        }
    }
    push(points[last], true);
}

impl Lines {
    /// Draws the lines as large as the box allows, with a pen of radius `pen` pixels times the pressure, which goes
    /// through its four values from the first point to the last.
    fn draw(&self, canvas: &mut Canvas, pen: f32, pressure: [f32; 4]) {
        let points = &self.points[..self.count];
        let bounds = |value: fn(&Point) -> f32| {
            let fold = |(low, high): (f32, f32), point| (low.min(value(point)), high.max(value(point)));
            points.iter().fold((f32::MAX, f32::MIN), fold)
        };
        let ((left, right), (top, bottom)) = (bounds(|point| point.x), bounds(|point| point.y));
        let radius = |at: usize| {
            let place = 3.0 * at as f32 / self.count as f32;
            let (from, share) = (place as usize, place - place.floor());
            pen * (pressure[from] + share * (pressure[(from + 1).min(3)] - pressure[from]))
        };
        let widest = (0..self.count).map(radius).fold(0.0, f32::max);
        let scale = (BOX - 2.0 * widest) / (right - left).max(bottom - top).max(1e-3);
        let (middle_x, middle_y) = (0.5 * (left + right), 0.5 * (top + bottom));
        let fit = |point: Point| Point { x: (point.x - middle_x) * scale, y: (point.y - middle_y) * scale };
        canvas.clear();
        for at in 1..self.count {
            if !self.ends[at - 1] {
                canvas.line(fit(points[at - 1]), fit(points[at]), (radius(at - 1), radius(at)));
            }
        }
    }
}

//! k-NN and the SVM beside scikit-learn, on a small fixture and on MNIST's pixels.
//!
//! `fixtures/scikit_learn.json` was written once, by scikit-learn 1.7, with
//!
//! ```python
//! r = np.random.default_rng(7)
//! y = r.integers(0, 4, 120)
//! x = (r.normal(size=(120, 6)) + y[:, None] * 0.5).astype(np.float32)
//! q = (r.normal(size=(50, 6)) + 0.7).astype(np.float32)
//! knn = {k: KNeighborsClassifier(k, algorithm='brute').fit(x, y) for k in (1, 3, 4, 10)}
//! fixture = {'samples': x.tolist(), 'labels': y.tolist(), 'queries': q.tolist(), 'svm': [],
//!     'knn': [{'k': k, 'nearest': m.kneighbors(q)[1].tolist(), 'predicted': m.predict(q).tolist()} for k, m in knn.items()]}
//! for c in (0.01, 1.0, 100.0):
//!     m = LinearSVC(C=c, loss='squared_hinge', dual=False, tol=1e-12, max_iter=100000).fit(x.astype(np.float64), y)
//!     f = x.astype(np.float64) @ m.coef_.T + m.intercept_
//!     s = np.where(np.arange(4) == y[:, None], 1, -1)
//!     o = 0.5 * ((m.coef_ ** 2).sum() + (m.intercept_ ** 2).sum()) + c * (np.maximum(0, 1 - s * f) ** 2).sum()
//!     fixture['svm'].append({'c': c, 'weights': m.coef_.tolist(), 'bias': m.intercept_.tolist(), 'objective': o,
//!         'predicted': m.predict(q).tolist()})
//! ```
//!
//! Of the 50 queries 9 have a tied vote at k = 3 and 11 at k = 4.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on, or is skipped, should say so")]

use ndarray::{Array2, s};
use perceptop_kernels::baselines::{ClassicError, Knn, KnnProgress, LinearSvm, SvmProgress};
use perceptop_kernels::dataset::{Choice, Split, load};
use serde::Deserialize;
use std::ops::ControlFlow;
use std::path::Path;

#[derive(Deserialize)]
struct Fixture {
    samples: Vec<Vec<f32>>,
    labels: Vec<u8>,
    queries: Vec<Vec<f32>>,
    knn: Vec<KnnCase>,
    svm: Vec<SvmCase>,
}

#[derive(Deserialize)]
struct KnnCase {
    k: usize,
    nearest: Vec<Vec<u32>>,
    predicted: Vec<u8>,
}

#[derive(Deserialize)]
struct SvmCase {
    c: f64,
    weights: Vec<Vec<f32>>,
    bias: Vec<f32>,
    objective: f64,
    predicted: Vec<u8>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/scikit_learn.json")).unwrap()
}

fn matrix<T: Clone>(rows: &[Vec<T>]) -> Array2<T> {
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn quietly(_: KnnProgress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn unseen(_: SvmProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn neighbours_and_votes_are_scikit_learns() {
    let fixture = fixture();
    let queries = matrix(&fixture.queries);
    assert_eq!(fixture.knn.len(), 4);
    for case in fixture.knn {
        let model = Knn::new(case.k, matrix(&fixture.samples).view(), &fixture.labels).unwrap();
        assert_eq!(model.nearest(queries.view()).unwrap(), matrix(&case.nearest), "k = {}", case.k);
        assert_eq!(model.predict(queries.view(), &mut quietly).unwrap(), case.predicted, "k = {}", case.k);
    }
}

#[test]
fn the_svm_reaches_liblinears_minimum() {
    let fixture = fixture();
    let queries = matrix(&fixture.queries);
    assert_eq!(fixture.svm.len(), 3);
    for case in fixture.svm {
        let samples = matrix(&fixture.samples);
        let model = LinearSvm::fit(samples.view(), &fixture.labels, 4, case.c, 1e-5, &mut unseen).unwrap();
        assert!(model.converged() && model.gradient() <= 1e-5, "C = {}", case.c);
        assert!(
            (model.objective() / case.objective - 1.0).abs() < 1e-6,
            "{} for {}",
            model.objective(),
            case.objective
        );
        for (found, expected) in model.weights().t().iter().zip(&matrix(&case.weights)) {
            assert!((found - expected).abs() < 1e-3, "C = {}: {found} for {expected}", case.c);
        }
        for (found, expected) in model.bias().iter().zip(&case.bias) {
            assert!((found - expected).abs() < 1e-3, "C = {}: {found} for {expected}", case.c);
        }
        assert_eq!(model.predict(queries.view()).unwrap(), case.predicted, "C = {}", case.c);
    }
}

fn pixels(split: &Split) -> Array2<f32> {
    Array2::from_shape_fn((split.len(), split.pixels()), |(row, pixel)| f32::from(split.image(row)[pixel]) / 255.0)
}

/// The first `train` training and `test` test images of MNIST, pixels from 0 to 1, and their labels.
fn mnist(train: usize, test: usize) -> Option<[(Array2<f32>, Vec<u8>); 2]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/mnist");
    let Ok(dataset) = load(&Choice::Folder(folder.clone()), &folder) else {
        println!("skipped: ../../../shared/mnist is not here");
        return None;
    };
    Some([dataset.train.first(train), dataset.test.first(test)].map(|split| {
        let labels = (0..split.len()).map(|row| split.label(row)).collect();
        (pixels(&split), labels)
    }))
}

fn accuracy(predicted: &[u8], truth: &[u8]) -> f64 {
    predicted.iter().zip(truth).filter(|(predicted, truth)| predicted == truth).count() as f64 / truth.len() as f64
}

#[test]
fn knn_on_mnist_pixels_is_scikit_learns() {
    let Some([(samples, labels), (queries, truth)]) = mnist(5000, 1000) else { return };
    let model = Knn::new(3, samples.view(), &labels).unwrap();
    // scikit-learn's brute force over the same 5,000 and 1,000 images.
    let first: Array2<u32> = ndarray::arr2(&[
        [1673, 4130, 3298],
        [1609, 2184, 1874],
        [1697, 2301, 1658],
        [1877, 2327, 4356],
        [1732, 914, 4838],
    ]);
    assert_eq!(model.nearest(queries.slice(s![..5, ..])).unwrap(), first);
    let predicted = model.predict(queries.view(), &mut quietly).unwrap();
    assert!((accuracy(&predicted, &truth) - 0.909).abs() < 1e-9);
}

#[test]
fn the_svm_on_mnist_pixels_reaches_liblinears_objective() {
    let Some([(samples, labels), (queries, truth)]) = mnist(5000, 1000) else { return };
    // LinearSVC(C=0.01, dual=False, tol=1e-9) over the same images: 41.936 921 808 766 78 and 0.889.
    let model = LinearSvm::fit(samples.view(), &labels, 10, 0.01, 1e-4, &mut unseen).unwrap();
    assert!(model.converged());
    assert!((model.objective() / 41.936_921_808_766_78 - 1.0).abs() < 1e-4, "{}", model.objective());
    assert!((accuracy(&model.predict(queries.view()).unwrap(), &truth) - 0.889).abs() <= 0.002);
}

#[test]
fn wrong_input_is_named_before_work_begins() {
    let samples = ndarray::arr2(&[[0.0f32, 1.0], [1.0, 0.0], [2.0, 2.0]]);
    let labels = [0, 1, 1];
    let knn = |k, labels: &[u8]| Knn::new(k, samples.view(), labels).map(|_| ()).unwrap_err().to_string();
    assert_eq!(knn(0, &labels), "k is 0; it must be at least 1 and at most the 3 training samples");
    assert_eq!(knn(4, &labels), "k is 4; it must be at least 1 and at most the 3 training samples");
    assert_eq!(knn(1, &[0, 1]), "3 samples have 2 labels; there must be one a sample");
    let fit = |c, tolerance, classes, labels: &[u8]| {
        LinearSvm::fit(samples.view(), labels, classes, c, tolerance, &mut unseen).map(|_| ()).unwrap_err()
    };
    assert_eq!(fit(-1.0, 1e-4, 2, &labels), ClassicError::HingeWeight { c: -1.0 });
    assert_eq!(fit(0.0, 1e-4, 2, &labels).to_string(), "C is 0; it must be a finite number above 0");
    assert!(matches!(fit(f64::NAN, 1e-4, 2, &labels), ClassicError::HingeWeight { .. }));
    assert_eq!(fit(1.0, 0.0, 2, &labels), ClassicError::Tolerance { tolerance: 0.0 });
    assert_eq!(fit(1.0, 1e-4, 2, &[0, 1, 7]), ClassicError::Label { index: 2, found: 7, classes: 2 });
    assert_eq!(fit(1.0, 1e-4, 1, &labels), ClassicError::Classes { found: 1 });
    let mut holes = samples.clone();
    holes[[1, 1]] = f32::NAN;
    let error = Knn::new(1, holes.view(), &labels).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "feature 1 of sample 1 is NaN; features must be finite");
    let nothing = Knn::new(1, Array2::zeros((0, 4)).view(), &[]).map(|_| ()).unwrap_err();
    assert_eq!(nothing, ClassicError::Empty { samples: 0, dimension: 4 });
}

#[test]
fn queries_must_fit_the_model() {
    let fixture = fixture();
    let knn = Knn::new(3, matrix(&fixture.samples).view(), &fixture.labels).unwrap();
    let svm = LinearSvm::fit(matrix(&fixture.samples).view(), &fixture.labels, 4, 1.0, 1e-4, &mut unseen).unwrap();
    let narrow = Array2::zeros((2, 5));
    let expected = ClassicError::Dimension { found: 5, expected: 6 };
    assert_eq!(knn.predict(narrow.view(), &mut quietly).unwrap_err(), expected);
    assert_eq!(svm.predict(narrow.view()).unwrap_err(), expected);
    let mut infinite = Array2::zeros((2, 6));
    infinite[[1, 0]] = f32::INFINITY;
    assert!(matches!(knn.nearest(infinite.view()), Err(ClassicError::NotFinite { row: 1, column: 0, .. })));
    assert!(matches!(svm.decision(infinite.view()), Err(ClassicError::NotFinite { row: 1, column: 0, .. })));
    assert!(knn.predict(Array2::zeros((0, 6)).view(), &mut quietly).unwrap().is_empty());
}

#[test]
fn an_observer_sees_progress_grow_and_can_stop_the_work() {
    let fixture = fixture();
    let (samples, queries) = (matrix(&fixture.samples), matrix(&fixture.queries));
    let knn = Knn::new(3, samples.view(), &fixture.labels).unwrap();
    let mut shares = Vec::new();
    knn.predict(queries.view(), &mut |progress| {
        shares.push((progress.share, progress.predicted.len()));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(shares.is_sorted() && shares.last() == Some(&(1.0, 50)), "{shares:?}");
    assert_eq!(knn.predict(queries.view(), &mut |_| ControlFlow::Break(())).unwrap_err(), ClassicError::Stopped);

    let mut objectives = Vec::new();
    let mut last = 0.0;
    LinearSvm::fit(samples.view(), &fixture.labels, 4, 1.0, 1e-5, &mut |progress| {
        objectives.extend(progress.objective);
        assert!(progress.share >= last);
        last = progress.share;
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(objectives.len() > 1 && objectives.is_sorted_by(|before, after| before > after), "{objectives:?}");
    assert!((last - 1.0).abs() < 1e-12);
    let stopped = LinearSvm::fit(samples.view(), &fixture.labels, 4, 1.0, 1e-5, &mut |_| ControlFlow::Break(()));
    assert_eq!(stopped.unwrap_err(), ClassicError::Stopped);
}

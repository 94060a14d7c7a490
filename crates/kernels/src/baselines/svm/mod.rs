//! The linear support vector machine, one class against the rest, with the squared hinge loss.
//!
//! For each class, with y = 1 for its samples and -1 for the others, it minimises
//! `0.5 (|w|^2 + b^2) + C sum max(0, 1 - y (w x + b))^2`, which is liblinear's primal with the bias as the weight of
//! an appended feature of 1 (Fan et al. 2008, "LIBLINEAR"). The method is the finite Newton method of Keerthi and
//! `DeCoste` (2005): the samples within the margin make the Hessian, the direction comes from its Cholesky factor, the
//! step from an exact line search. Does not depend on what the features are.

mod cholesky;
mod curvature;
mod line_search;
mod model;
mod newton;

pub use model::{LinearSvm, SvmProgress};

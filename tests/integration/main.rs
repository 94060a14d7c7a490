//! What the program does, seen from outside: one binary, a module for each subject. Tests that need a process of their
//! own (a panic hook, memory counted, hours of soak) stand beside this folder.

mod attach;
mod cli;
mod config;
mod documents;
mod doors;
mod engine;
mod faults;
mod filter;
mod formats;
mod hostile;
mod kill;
mod matrix;
mod odd_files;
mod output;
mod readme;
mod replay;
mod report;
mod same_figures;
mod status;
mod suite;
mod terminal;
mod tidy;
mod tmux;
mod watch;

//! The leak test: canaries through everything, and a search that must find none.

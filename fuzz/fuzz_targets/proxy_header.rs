//! libFuzzer plays the target of this name in `tests/targets/`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| causeway_fuzz::play("proxy_header", data));

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crmkit_fuzz::number_pattern(data));

//! Writes the seeds of all targets to `corpus/`, where libFuzzer looks for them.

fn main() -> std::io::Result<()> {
    for name in causeway_fuzz::names() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in causeway_fuzz::seeds(name).into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}

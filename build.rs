//! Compiles the contract without a protoc on the machine.

use std::path::PathBuf;

use prost::Message as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto/causeway");
    let descriptors = protox::compile(["causeway/v1/processor.proto"], ["proto"])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    // Reflection hands this out, so that any gRPC client can call without our files.
    std::fs::write(out.join("causeway.descriptors"), descriptors.encode_to_vec())?;
    let mut config = tonic_prost_build::Config::new();
    // The JSON of a message is written by the descriptor of the message's name: proto/json.rs.
    config.enable_type_names();
    tonic_prost_build::configure()
        // What only gRPC needs.
        .client_mod_attribute(".", "#[cfg(feature = \"grpc\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"grpc\")]")
        .codec_path("crate::codec::Codec")
        // Sent to everybody who watches, and encoded once: proto/watch.rs.
        .extern_path(".causeway.v1.WatchEventsResponse", "crate::watch::WatchEventsResponse")
        // Card numbers are not printed, and are overwritten when they go.
        .skip_debug(["causeway.v1.CardData"])
        .type_attribute("causeway.v1.CardData", "#[derive(zeroize::Zeroize, zeroize::ZeroizeOnDrop)]")
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}

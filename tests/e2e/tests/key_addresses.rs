//! A key by its address, over TLS: both clients fetch it there to sign with, and only from a server that they believe.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

/// Runs a client in the scratch directory, believing the TLS authority in this file.
fn client(stack: &Stack, program: &Path, authority: &str, line: &str) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    command
        .current_dir(stack.file("."))
        .env_remove("COSIGN_TRUSTED_ROOT")
        .env_remove("COSIGN_SIGNING_CONFIG")
        .env("COSIGN_PASSWORD", "pw")
        .env("SSL_CERT_FILE", authority)
        .args(line.split_whitespace());
    run(&mut command)
}

/// A TLS authority of this name: its certificate as PEM, and what it issues with.
fn authority(name: &str) -> Result<(String, Issuer<'static, KeyPair>)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key)?.pem();
    Ok((pem, Issuer::new(params, key)))
}

/// Answers every request on a free port of `localhost` with `body`; the port.
fn serve(issuer: &Issuer<'static, KeyPair>, body: String) -> Result<u16> {
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, issuer)?;
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok_and(|count| count > 0) {
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    Ok(port)
}

#[test]
fn a_key_is_fetched_over_tls_to_sign_with() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    stack.write("file", "signed with a key from elsewhere\n")?;
    let config = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}"#;
    stack.write("empty.json", config)?;
    let (believed, issuer) = authority("believed")?;
    stack.write("believed.pem", believed)?;
    stack.write("other.pem", authority("other")?.0)?;
    client(&stack, &cosign(), "believed.pem", "generate-key-pair")?.expect(0)?;
    let port = serve(&issuer, std::fs::read_to_string(stack.file("cosign.key"))?)?;
    let sign = format!(
        "sign-blob --yes --key https://localhost:{port}/cosign.key --signing-config empty.json --bundle b.json file"
    );
    for signer in [&real, &cosign()] {
        client(&stack, signer, "believed.pem", &sign)?.expect(0)?;
        for verifier in [&real, &cosign()] {
            let verify = "verify-blob --key cosign.pub --insecure-ignore-tlog --bundle b.json file";
            client(&stack, verifier, "believed.pem", verify)?
                .expect(0)?
                .says("Verified OK")?;
        }
        std::fs::remove_file(stack.file("b.json"))?;
        let refused = client(&stack, signer, "other.pem", &sign)?;
        assert_ne!(refused.code, Some(0));
        assert!(!stack.file("b.json").exists());
    }
    Ok(())
}

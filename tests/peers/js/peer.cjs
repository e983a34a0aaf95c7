// sigstore-js as a program, for the end-to-end tests. Its packages lie where SIGSTORE_JS says.
//
//   node peer.cjs sign   '{"by", "kind", "artifact", "bundle", "token", ...}'
//   node peer.cjs verify '{"with", "artifact", "bundle", "trustedRoot", "identity", "issuer"}'
//   node peer.cjs verify '{"with", "artifact", "bundle", "trustedRoot", "keyHint", "key"}'
//
// Prints each request: method, path, content type, whether it has credentials in its header.
// Ends with 0, or with 1 and the error's code and text on stderr.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const load = require('module').createRequire(path.join(process.env.SIGSTORE_JS, 'package.json'));

const http = require('http');
const request = http.request;
http.request = (options, ...rest) => {
  const sent = request(options, ...rest);
  const credentials = sent.hasHeader('authorization') ? ' authorization' : '';
  process.stdout.write(`${sent.method} ${sent.path} ${sent.getHeader('content-type')}${credentials}\n`);
  return sent;
};

const { bundleFromJSON, bundleToJSON } = load('@sigstore/bundle');
const { SigningConfig, TrustedRoot } = load('@sigstore/protobuf-specs');
const signing = load('@sigstore/sign');
const sigstore = load('sigstore');

const TYPE = 'application/vnd.in-toto+json';
const FETCH = { timeout: 20000, retry: 0 };

const readJSON = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const identityProvider = (token) => ({ getToken: () => Promise.resolve(token) });

// By the signing config, as newer programs do it.
function builderByConfig({ kind, token, signingConfig }) {
  return signing.bundleBuilderFromSigningConfig({
    signingConfig: SigningConfig.fromJSON(readJSON(signingConfig)),
    identityProvider: identityProvider(token),
    bundleType: kind,
    fetchOptions: FETCH,
  });
}

// By the addresses of the services.
function builderByAddress({ kind, token, fulcioURL, rekorURL, rekorVersion, tsaServerURL }) {
  const signer = new signing.FulcioSigner({
    fulcioBaseURL: fulcioURL,
    identityProvider: identityProvider(token),
    ...FETCH,
  });
  const witnesses = [
    new signing.RekorWitness({ rekorBaseURL: rekorURL, majorApiVersion: rekorVersion, ...FETCH }),
    new signing.TSAWitness({ tsaBaseURL: tsaServerURL, ...FETCH }),
  ];
  return kind === 'dsseEnvelope'
    ? new signing.DSSEBundleBuilder({ signer, witnesses })
    : new signing.MessageSignatureBundleBuilder({ signer, witnesses });
}

async function sign(request) {
  const data = fs.readFileSync(request.artifact);
  if (request.by === 'package') {
    // The package of the same name; it speaks to logs of the first version only.
    const { token: identityToken, fulcioURL, rekorURL, tsaServerURL, tlogUpload } = request;
    const options = { identityToken, fulcioURL, rekorURL, tsaServerURL, tlogUpload, ...FETCH };
    return request.kind === 'dsseEnvelope'
      ? sigstore.attest(data, TYPE, options)
      : sigstore.sign(data, options);
  }
  const builder = request.by === 'config' ? builderByConfig(request) : builderByAddress(request);
  return bundleToJSON(await builder.create({ data, type: TYPE }));
}

const publicKey = (file) =>
  crypto.createPublicKey(fs.readFileSync(file)).export({ type: 'spki', format: 'der' });

// The public keys that bundles may name: `key`, under the hint that cosign gives to `keyHint`.
function publicKeys({ keyHint, key }) {
  if (!key) return {};
  const hint = crypto.createHash('sha256').update(publicKey(keyHint)).digest('base64');
  return { [hint]: { rawBytes: publicKey(key) } };
}

// By the verifier of the pinned release (`@sigstore/verify`) or the one of the release after it (`verify-newer`).
function verify(request) {
  const { with: name, artifact, bundle, trustedRoot, identity, issuer, tlogThreshold } = request;
  const { Verifier, toSignedEntity, toTrustMaterial } = load(name);
  const root = TrustedRoot.fromJSON(readJSON(trustedRoot));
  const material = toTrustMaterial(root, publicKeys(request));
  const parsed = bundleFromJSON(readJSON(bundle));
  const data = parsed.content.$case === 'messageSignature' ? fs.readFileSync(artifact) : undefined;
  const verifier = new Verifier(material, { tlogThreshold });
  const escaped = identity?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const policy = identity && { subjectAlternativeName: `^${escaped}$`, extensions: { issuer } };
  verifier.verify(toSignedEntity(parsed, data), policy);
}

async function main([command, text]) {
  const request = JSON.parse(text);
  if (command === 'sign') {
    fs.writeFileSync(request.bundle, JSON.stringify(await sign(request)));
  } else {
    verify(request);
  }
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.code || error.name}: ${error.message}\n`);
  process.exitCode = 1;
});

"""A time-stamping authority of our own, and whatever one could answer that is no time stamp."""

import hashlib
from datetime import UTC, datetime, timedelta

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
SHA256 = {"algorithm": "sha256"}
# PKIStatusInfo alone, status rejection: asn1crypto knows no answer without a token.
REJECTION = bytes.fromhex("30053003020102")


def _certificate(name, key, issuer, issuer_key, *, authority):
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1000))
        .not_valid_after(NOW + timedelta(days=10_000))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(stamping, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


class FakeAuthority:
    def __init__(self, at: datetime = NOW) -> None:
        self.at = at
        root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = _certificate("Sample Root", root_key, "Sample Root", root_key, authority=True)
        self.certificate = _certificate("Sample TSA", self.key, "Sample Root", root_key, authority=False)
        self.serial = 0

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    def answer(self, content: bytes, *, imprint: bytes | None = None, nonce: int | None = None) -> bytes:
        request = tsp.TimeStampReq.load(content, strict=True)
        assert request["cert_req"].native
        self.serial += 1
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": "1.3.6.1.4.1.99999.1",
                "message_imprint": {
                    "hash_algorithm": SHA256,
                    "hashed_message": imprint or request["message_imprint"]["hashed_message"].native,
                },
                "serial_number": self.serial,
                "gen_time": self.at,
                "nonce": nonce or request["nonce"].native,
            }
        ).dump()
        token = cms.ContentInfo({"content_type": "signed_data", "content": self._signed(info)})
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()

    def _signed(self, info: bytes) -> cms.SignedData:
        certificate = asn1.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER))
        hashed = hashlib.sha256(certificate.dump()).digest()
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
                {"type": "signing_certificate_v2", "values": [{"certs": [{"cert_hash": hashed}]}]},
            ]
        )
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
            ),
            "digest_algorithm": SHA256,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
        return cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [SHA256],
                "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info)},
                "certificates": [certificate],
                "signer_infos": [signer],
            }
        )

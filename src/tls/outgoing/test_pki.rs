//! Chains of certificates made to measure; the policy's tests use them too.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
    PublicKeyData,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// The day on which the tests take place: 2026-11-22.
pub(crate) const TODAY: i64 = 1_795_300_000;

pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

pub(crate) struct Leaf {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) public_key: Vec<u8>,
    pub(crate) key: PrivateKeyDer<'static>,
}

fn params(names: &[&str], years: (i32, i32)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(&[], (2020, 2040));
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        Authority {
            issuer: CertifiedIssuer::self_signed(authority_params(name), key).unwrap(),
        }
    }

    pub(crate) fn below(&self, name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let params = authority_params(name);
        Authority {
            issuer: CertifiedIssuer::signed_by(params, key, &self.issuer).unwrap(),
        }
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    pub(crate) fn public_key(&self) -> Vec<u8> {
        self.issuer.key().subject_public_key_info()
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(crate) fn leaf(&self, names: &[&str], years: (i32, i32)) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let certificate = params(names, years).signed_by(&key, &self.issuer).unwrap();
        Leaf::of(certificate.der(), &key)
    }
}

impl Leaf {
    pub(crate) fn self_signed(names: &[&str], years: (i32, i32)) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let certificate = params(names, years).self_signed(&key).unwrap();
        Leaf::of(certificate.der(), &key)
    }

    fn of(certificate: &CertificateDer<'static>, key: &KeyPair) -> Leaf {
        Leaf {
            certificate: certificate.clone(),
            public_key: key.subject_public_key_info(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }
}

/**
 * A key and a certificate of 127.0.0.1 that ended in February 2020, for tests alone: `openssl ca -selfsign -startdate 20200101000000Z
 * -enddate 20200201000000Z`, with `subjectAltName=IP:127.0.0.1`. Who trusts it finds nothing wrong with it but its age.
 */
export const expired = () => ({ key: KEY, cert: CERTIFICATE })

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQbf9PAkEI6VtKWKf
kVYGAPaORZOSHEypNGmqbSejbH2hRANCAASWxP4cbuciM5qVM4O1D7HSOfRBMJIj
am92L11l5HYSHYkRVYU9GHpyTFpAon2omvP9oAKU+lOf4Rjzaopr5pm4
-----END PRIVATE KEY-----`

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBWjCCAQCgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAkxMjcuMC4w
LjEwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMjAxMDAwMDAwWjAUMRIwEAYDVQQDDAkx
MjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASWxP4cbuciM5qVM4O1
D7HSOfRBMJIjam92L11l5HYSHYkRVYU9GHpyTFpAon2omvP9oAKU+lOf4Rjzaopr
5pm4o0MwQTAPBgNVHREECDAGhwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0O
BBYEFA5Hpec1vDghicolsEGbd9eZI40XMAoGCCqGSM49BAMCA0gAMEUCIQDwI6/a
m1ebh1toKKUOjs77YW/HgY6MJciEaxijcWWkcQIgTzpKYFOaZ//uf9h4JKoACtAU
ivelx3UPa3JfpDpZjLg=
-----END CERTIFICATE-----`

/**
 * A key and a certificate that no one has signed but itself, for tests alone:
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=127.0.0.1`.
 */
export const selfSigned = () => ({ key: KEY, cert: CERTIFICATE })

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0HGoP+QymlzwCnvb
1Rk5dknfyL2L5FkZvpVzfoSTs+uhRANCAAT800S9tz/zwJ2GmXGhIxsTO+2UXHJ/
yRYcKpbxldJmFtE6KRUL3JrIshyNg3Hvx6kKyFcPyudobp5oOusdFElF
-----END PRIVATE KEY-----`

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIURzqIqV3qzcH7z9sKgX94dyR3UI4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNDEyNDEwOFoYDzIxMjYxMDMx
MTI0MTA4WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT800S9tz/zwJ2GmXGhIxsTO+2UXHJ/yRYcKpbxldJmFtE6KRUL3JrI
shyNg3Hvx6kKyFcPyudobp5oOusdFElFo1MwUTAdBgNVHQ4EFgQUvdRbbyH3ym2o
/1Fc6jAillse66QwHwYDVR0jBBgwFoAUvdRbbyH3ym2o/1Fc6jAillse66QwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiALLFGisqqLjAIwQdx5z+yA
txpxLxHqPA5loFufuppA6gIhAOeuvGl0Bl5DRFAmtkFhZ5GvH0Q9vmlTz1cyc6PK
tMvv
-----END CERTIFICATE-----`

/**
 * Lists the variables by which programs find a company's proxy and its certificate authority, and that are handed over
 * together (`inheritProxy`): Node, Python, curl, Go, OpenSSL and git read one or the other.
 */
export const PROXY_VARIABLES: readonly string[] = [
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'https_proxy',
  'http_proxy',
  'all_proxy',
  'no_proxy',
  'NODE_USE_ENV_PROXY',
]

/** Each names a file or a directory, where it isn't a switch. */
export const AUTHORITY_VARIABLES: readonly string[] = [
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
]

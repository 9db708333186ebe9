/** An HTTP server on loopback that answers as AWS Secrets Manager's GetSecretValue does, and that fails on request. */
import { startFaulty } from './faults.mjs'

const refused = (status, type) => () => ({
  status,
  body: { __type: type, message: 'refused' },
  headers: { 'x-amzn-errortype': type, 'content-type': 'application/x-amz-json-1.1' },
})

export async function startAws(options = {}) {
  const { accessKeyId = 'AKIATEST', skewMs = 0 } = options
  const secrets = { ...options.secrets }

  /** A secret is a list of `{ id, stages, value }`. */
  function answer({ headers, body }) {
    if (headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') return refused(400, 'InvalidAction')()
    if (!headers.authorization?.includes(`Credential=${accessKeyId}/`))
      return refused(400, 'UnrecognizedClientException')()
    const asked = Date.parse(headers['x-amz-date'].replace(/(....)(..)(..T..)(..)(..)/, '$1-$2-$3:$4:$5'))
    if (Math.abs(Date.now() + skewMs - asked) > 300_000) return refused(400, 'InvalidSignatureException')()
    const { SecretId, VersionId, VersionStage = VersionId ? undefined : 'AWSCURRENT' } = body
    const found = secrets[SecretId]?.find(
      ({ id, stages }) => (VersionId ?? id) === id && (!VersionStage || stages.includes(VersionStage)),
    )
    if (!found) return refused(400, 'ResourceNotFoundException')()
    const value =
      typeof found.value === 'string'
        ? { SecretString: found.value }
        : { SecretBinary: Buffer.from(found.value).toString('base64') }
    return {
      status: 200,
      body: { Name: SecretId, VersionId: found.id, VersionStages: found.stages, ...value },
      headers: { 'content-type': 'application/x-amz-json-1.1' },
    }
  }
  const faults = {
    expired: refused(400, 'ExpiredTokenException'),
    denied: refused(400, 'AccessDeniedException'),
    missing: refused(400, 'ResourceNotFoundException'),
    throttled: refused(400, 'ThrottlingException'),
    deleted: refused(400, 'InvalidRequestException'),
    empty: () => ({ status: 200, body: {} }),
  }
  const server = await startFaulty({ kindOf: () => 'read', answer, faults, on: 'read', skewMs })
  return { ...server, accessKeyId, secrets }
}

/** Turns what AWS's client throws into our words. Only the error's name, HTTP status and headers decide. */
import { StoreError } from '../../store.ts'
import { failureCode } from '../../../net/failure.ts'
import { parseRetryAfter } from '../../../net/retry-after.ts'
import { againHint } from '../shared/http.ts'

interface Thrown {
  readonly name: string
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly clockCorrected: boolean
}

const THROTTLED =
  /^(Throttling|ThrottlingException|TooManyRequests|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/
const CLOCK =
  /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|InvalidSignatureException|SignatureDoesNotMatch)$/
const REFUSED =
  /^(UnrecognizedClientException|InvalidClientTokenId|ExpiredToken|ExpiredTokenException|MissingAuthenticationToken|MissingAuthenticationTokenException|IncompleteSignature|AuthFailure|InvalidGrantException|UnauthorizedException|UnauthorizedSSOTokenError)$/
const NETWORK = /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOST|ENET|EPIPE)/
const DENIED = /^(AccessDenied|AccessDeniedException|DecryptionFailure|NotAuthorized)$/

export function explainAws(error: unknown, secret: string): StoreError {
  const thrown = read(error)
  const { name, status } = thrown
  if (name === 'ResourceNotFoundException') {
    return new StoreError(
      'not_found',
      `there is no secret ${secret} of that version in this account and region`,
      {
        hint: 'check the name, and region: and profile: of the store',
      },
    )
  }
  if (
    name === 'InvalidRequestException' ||
    name === 'InvalidParameterException' ||
    name === 'ValidationException'
  ) {
    return new StoreError(
      'not_found',
      `AWS Secrets Manager can't give out ${secret} (HTTP ${status ?? 400})`,
      {
        hint: 'check that it is not scheduled for deletion and has a value at that stage',
      },
    )
  }
  if (thrown.clockCorrected && CLOCK.test(name)) {
    return new StoreError('unavailable', "this machine's clock is too far off for AWS", {
      hint: "set this machine's clock",
      retryable: true,
    })
  }
  if (DENIED.test(name) || (status === 403 && !REFUSED.test(name) && !CLOCK.test(name))) {
    return new StoreError('denied', `this AWS identity may not read ${secret}`, {
      hint: 'allow it secretsmanager:GetSecretValue on that secret, and kms:Decrypt on its key',
    })
  }
  // The chain of credentials asks over the network too.
  if (/CredentialsProviderError|TokenProviderError/.test(name) && NETWORK.test(failureCode(error)))
    return unreachable(error)
  if (REFUSED.test(name) || CLOCK.test(name) || /CredentialsProviderError|TokenProviderError/.test(name)) {
    return new StoreError('auth', 'AWS has no credentials for this store, or refuses them', {
      hint: 'run: aws sso login, and check profile: of the store; AWS_PROFILE must be set where the host starts sidemux',
    })
  }
  if (status === 401) {
    return new StoreError('auth', 'AWS refuses the credentials of this store (HTTP 401)', {
      hint: 'check profile: and endpoint: of the store, and whether a proxy stands between',
    })
  }
  if (THROTTLED.test(name) || status === 429) return limited(thrown)
  return status === undefined ? unreachable(error) : failed(thrown, status)
}

function limited({ retryAfterMs }: Thrown): StoreError {
  return new StoreError('rate_limited', 'AWS Secrets Manager limits how often it may be asked', {
    hint: againHint(retryAfterMs),
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

function failed(thrown: Thrown, status: number): StoreError {
  const { retryAfterMs } = thrown
  if (status === 500 && retryAfterMs !== undefined) return limited(thrown)
  return new StoreError('unavailable', `AWS Secrets Manager failed (HTTP ${status})`, {
    hint: 'check region: and endpoint: of the store, and whether a proxy stands between',
    retryable: status >= 500 || status === 408,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

function unreachable(error: unknown): StoreError {
  if (error instanceof Error && /region/i.test(error.message) && error.name === 'Error') {
    return new StoreError('invalid_reference', 'no AWS region is chosen', {
      hint: 'write region: on the store, or set AWS_REGION where the host starts sidemux',
    })
  }
  return new StoreError('unavailable', `AWS Secrets Manager can't be reached (${failureCode(error)})`, {
    hint: 'check region: of the store and the network',
    retryable: true,
  })
}

/** The client's errors carry these beside their message. */
function read(error: unknown): Thrown {
  const given = (error !== null && typeof error === 'object' ? error : {}) as {
    readonly name?: unknown
    readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean }
    readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> }
  }
  const headers = given.$response?.headers ?? {}
  const date = Date.parse(headers['date'] ?? '')
  const serverTime = Number.isNaN(date) ? undefined : date
  return {
    name: typeof given.name === 'string' ? given.name : '',
    status: given.$metadata?.httpStatusCode ?? given.$response?.statusCode,
    retryAfterMs: parseRetryAfter(headers['retry-after'], { serverTime }),
    clockCorrected: given.$metadata?.clockSkewCorrected === true,
  }
}

/**
 * What S3 servers, and the system between, say when they refuse, as our errors: who has to act, and whether another try may help.
 * Pure.
 *
 * The codes are those of the S3 API reference, MinIO, versitygw and Ceph.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

/** What is known of a failure. */
export interface S3Failure {
  /** Code of the S3 error, or of the system (`ECONNRESET`). */
  readonly code: string | undefined
  /** Of the HTTP answer, if there was one. */
  readonly status: number | undefined
  readonly cause: unknown
}

interface Kind {
  readonly message: string
  readonly codes: RegExp
  readonly isFull?: true
  /** Somebody has to act. */
  readonly isLasting?: true
}

/** The first that fits. */
const KINDS: readonly Kind[] = [
  {
    message: 'the clock of this machine and that of the backend differ too much',
    codes: /^(RequestTimeTooSkewed|RequestExpired|XMinioSignatureDateInvalid)$/,
    isLasting: true,
  },
  {
    message: 'the backend is full, or a quota is used up',
    codes: /Quota|^(XMinioStorageFull|InsufficientStorage|InsufficientCapacity|EntityTooLarge|TooManyBuckets)$/,
    isFull: true,
  },
  {
    message: 'the backend refuses the credentials, or they lack a right: see accessKey, secretKey and the policy of the bucket',
    codes:
      /^(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|InvalidClientTokenId|TokenRefreshRequired|AllAccessDisabled|AccountProblem|NotSignedUp|XMinioInvalidIAMCredentials)$/,
    isLasting: true,
  },
  { message: 'the bucket is not there', codes: /^NoSuchBucket$/, isLasting: true },
  {
    message: 'the region or the endpoint is not that of the bucket',
    codes:
      /^(AuthorizationHeaderMalformed|PermanentRedirect|MovedPermanently|TemporaryRedirect|IllegalLocationConstraintException|InvalidRegion)$/,
    isLasting: true,
  },
  {
    message: 'the certificate of the backend is not trusted: see caFile',
    codes: /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT|ERR_SSL_|HOSTNAME_MISMATCH)/,
    isLasting: true,
  },
  {
    message: 'the backend asks for fewer requests',
    codes: /^(SlowDown|ServiceUnavailable|Throttl|RequestLimitExceeded|TooManyRequests|XMinioServerNotInitialized|BandwidthLimitExceeded)/,
  },
  {
    message: 'bytes were changed or lost on the way to the backend',
    codes: /^(BadDigest|IncompleteBody|InvalidDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch|RequestTimeout)$/,
  },
  { message: 'the upload was lost', codes: /^(NoSuchUpload|InvalidPart)$/ },
  { message: 'the connection to the backend failed', codes: /^(E[A-Z]+|HPE_.*)$/ },
]

/** Answers that pass, whatever their code says. */
const PASSING_STATUS: readonly number[] = [408, 409, 425, 429, 499]

export function refusalOf(operation: string, { code, status, cause }: S3Failure): LunarError {
  const detail = { operation, ...(code === undefined ? {} : { server: code }), ...(status === undefined ? {} : { status }) }
  const kind = KINDS.find(({ codes }) => code !== undefined && codes.test(code))
  if (kind?.isFull || status === 507) return new LunarError('FULL', 'the backend is full, or a quota is used up', { detail, cause })
  const isPassing = kind ? !kind.isLasting : status === undefined || status < 400 || status >= 500 || PASSING_STATUS.includes(status)
  const message = kind?.message ?? (isPassing ? 'the backend failed' : 'the backend refused a request')
  return new LunarError('STORE_FAILED', message, { detail, cause, retryable: isPassing })
}

/** Of an S3 error, or of the system. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && code !== '' ? code.slice(0, 100) : undefined
}

/** True if other credentials may help. */
export const isAboutCredentials = (code: string | undefined): boolean =>
  code !== undefined && (KINDS.find(({ codes }) => codes.test(code))?.message.includes('credentials') ?? false)

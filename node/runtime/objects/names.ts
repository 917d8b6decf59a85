/**
 * Names of objects: one pattern for every backend, so that none can lead out of the root or mean two things.
 *
 * @module
 */
const PART = /^[a-z0-9][a-z0-9._-]{0,99}$/
const MAX_PARTS = 8

/** `a/b/c`, each part lower-case letters, digits, `.`, `_`, `-`, not beginning with a mark; 8 parts of 100 characters at most. */
export function isObjectName(name: string): boolean {
  const parts = name.split('/')
  return parts.length <= MAX_PARTS && parts.every((part) => PART.test(part))
}

/** @throws {RangeError} on what is no name of an object */
export function checkObjectName(name: string): string {
  if (!isObjectName(name)) throw new RangeError(`not a name of an object: ${JSON.stringify(name.slice(0, 200))}`)
  return name
}

/** '' or a name with `/` at its end. @throws {RangeError} */
export function checkObjectPrefix(prefix: string): string {
  if (prefix !== '' && !(prefix.endsWith('/') && isObjectName(prefix.slice(0, -1))))
    throw new RangeError(`not a folder of objects: ${JSON.stringify(prefix.slice(0, 200))}`)
  return prefix
}

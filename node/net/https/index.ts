export * from './json-request.ts'
export * from './json-server.ts'
export * from './status-of.ts'

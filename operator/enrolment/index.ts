export * from './authenticate.ts'
export * from './certificate.ts'
export * from './issue.ts'
export * from './judge.ts'

export * from './node-crypto.ts'

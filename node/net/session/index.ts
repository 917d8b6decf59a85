export * from './membership.ts'

export * from './restore.ts'

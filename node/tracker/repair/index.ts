export * from './check-report.ts'
export * from './heal.ts'
export * from './pace.ts'
export * from './set-watch.ts'

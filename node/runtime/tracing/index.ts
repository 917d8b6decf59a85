export * from './open-telemetry.ts'
export * from './recorded.ts'
export * from './trace-parent.ts'
export * from './tracer.ts'

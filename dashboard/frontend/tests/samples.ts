import type { HealthAlert, SystemStatus } from '../src/client/protocol'

/** A status of host `a` at `timestamp` (ms), its CPU at `cpuUsage`. */
export function status(timestamp: number, cpuUsage = 10, more: Partial<SystemStatus> = {}): SystemStatus {
  return {
    host: 'a',
    systemOnline: true,
    cpuUsage,
    memoryUsage: 50,
    diskUsage: 60,
    activeConnections: 7,
    uptime: 100,
    timestamp,
    version: '0.1.0',
    ...more,
  }
}

export function alert(id: number, more: Partial<HealthAlert> = {}): HealthAlert {
  return {
    id,
    host: 'a',
    state: 'firing',
    level: 'warning',
    component: 'cpu',
    message: 'written by the server',
    threshold: 70,
    currentValue: 80,
    timestamp: 1_000,
    startedAt: 1_000,
    endedAt: null,
    ...more,
  }
}

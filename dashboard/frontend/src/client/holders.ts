/** Who holds something: it begins with the first, and ends after the last. */
export class Holders {
  private count = 0

  constructor(
    private readonly begin: () => void,
    private readonly end: () => void,
  ) {}

  /** Returns how to let go; doing so twice changes nothing. */
  hold(): () => void {
    this.count += 1
    if (this.count === 1) this.begin()
    let holding = true
    return () => {
      if (!holding) return
      holding = false
      this.count -= 1
      if (this.count === 0) this.end()
    }
  }

  /**
   * The same where nothing has to begin, and the end waits for the end of the turn: React mounts, unmounts and mounts
   * again in one go, and that must cost nothing.
   */
  static lazy(end: () => void): Holders {
    const holders = new Holders(
      () => undefined,
      () =>
        setTimeout(() => {
          if (holders.count === 0) end()
        }, 0),
    )
    return holders
  }
}

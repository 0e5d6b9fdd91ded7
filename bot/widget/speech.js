/** Reading aloud by the device itself, only where it has a Dutch voice. Nothing leaves the device for it by our doing. */

export class Speech extends EventTarget {
  /** @type {string | null} key of the message that is being read */
  reading = null;
  #engine = "speechSynthesis" in window ? window.speechSynthesis : null;

  constructor() {
    super();
    this.#engine?.addEventListener?.("voiceschanged", () => this.#changed());
  }

  get #voice() {
    const dutch = this.#engine?.getVoices().filter((voice) => /^nl\b/i.test(voice.lang)) ?? [];
    return dutch.find((voice) => voice.localService) ?? dutch[0] ?? null;
  }

  get possible() {
    return this.#voice !== null;
  }

  /** Read, or stop when this one is being read. @param {string} key @param {string} text */
  toggle(key, text) {
    const again = this.reading === key;
    this.stop();
    const voice = this.#voice;
    if (again || !voice) return;
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.onend = utterance.onerror = () => {
      if (this.reading !== key) return;
      this.reading = null;
      this.#changed();
    };
    this.reading = key;
    this.#engine?.speak(utterance);
    this.#changed();
  }

  stop() {
    if (this.reading === null) return;
    this.reading = null;
    this.#engine?.cancel();
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

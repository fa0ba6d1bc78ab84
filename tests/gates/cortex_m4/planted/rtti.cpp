// SPDX-License-Identifier: MIT
// flags: -frtti

struct Base {
  virtual void run();
};
struct Other : Base {
  void run() override;
};
Other* planted_cast(Base* base) {
  return dynamic_cast<Other*>(base);
}

import { transformUrl } from "unpic";

// without the account's name, which unpic expects on Cloudinary's own host alone
const base = "https://images.example.com/image/upload";

export const card = (id) =>
  transformUrl({ url: `${base}/${id}`, width: 400, height: 300, provider: "cloudinary" });

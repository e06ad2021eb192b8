import { Cloudinary } from "@cloudinary/url-gen";
import { format, quality } from "@cloudinary/url-gen/actions/delivery";
import { fill } from "@cloudinary/url-gen/actions/resize";
import { autoGravity } from "@cloudinary/url-gen/qualifiers/gravity";

const darkroom = new Cloudinary({
  cloud: { cloudName: "demo" },
  url: { secureDistribution: "images.example.com", privateCdn: true },
});

export const card = (id) =>
  darkroom
    .image(id)
    .resize(fill(400, 300).gravity(autoGravity()))
    .delivery(format("auto"))
    .delivery(quality("auto"))
    .toURL();

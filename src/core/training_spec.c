#include "core/training_spec.h"

const char *schedule_name(enum schedule schedule)
{
    static const char *const names[SCHEDULE_COUNT] = {
        [SCHEDULE_CONSTANT] = "constant", [SCHEDULE_TAIL] = "tail", [SCHEDULE_COSINE] = "cosine"};
    return names[schedule];
}

static void pack_recipe(const struct recipe_values *recipe, struct packer *packer)
{
    pack_bytes(packer, recipe->base, sizeof recipe->base);
    pack_i32(packer, recipe->steps);
    pack_i32(packer, recipe->batch);
    pack_f64(packer, recipe->rate);
    pack_i32(packer, (int32_t)recipe->schedule);
    pack_f64(packer, recipe->clip);
    pack_i32(packer, recipe->horizon);
    pack_f64(packer, recipe->target);
    pack_i32(packer, recipe->single);
    pack_f64(packer, recipe->input_scale);
}

static void unpack_recipe(struct recipe_values *recipe, struct unpacker *unpacker)
{
    unpack_bytes(unpacker, recipe->base, sizeof recipe->base);
    recipe->base[sizeof recipe->base - 1] = '\0';
    recipe->steps = unpack_i32(unpacker);
    recipe->batch = unpack_i32(unpacker);
    recipe->rate = unpack_f64(unpacker);
    const int32_t schedule = unpack_i32(unpacker);
    recipe->schedule =
        schedule >= 0 && schedule < SCHEDULE_COUNT ? (enum schedule)schedule : SCHEDULE_CONSTANT;
    recipe->clip = unpack_f64(unpacker);
    recipe->horizon = unpack_i32(unpacker);
    recipe->target = unpack_f64(unpacker);
    recipe->single = unpack_i32(unpacker) != 0;
    recipe->input_scale = unpack_f64(unpacker);
}

void training_spec_pack(const struct training_spec *spec, struct packer *packer)
{
    pack_bytes(packer, spec->construction, sizeof spec->construction);
    pack_i32(packer, spec->task);
    pack_i64(packer, spec->seed);
    pack_recipe(&spec->recipe, packer);
    pack_u64(packer, spec->key[0]);
    pack_u64(packer, spec->key[1]);
}

void training_spec_unpack(struct training_spec *spec, struct unpacker *unpacker)
{
    unpack_bytes(unpacker, spec->construction, sizeof spec->construction);
    spec->construction[sizeof spec->construction - 1] = '\0';
    spec->task = unpack_i32(unpacker);
    spec->seed = unpack_i64(unpacker);
    unpack_recipe(&spec->recipe, unpacker);
    spec->key[0] = unpack_u64(unpacker);
    spec->key[1] = unpack_u64(unpacker);
}
